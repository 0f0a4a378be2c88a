"""What buyers want, in the words of many: short mails in twelve languages, each with all of its intents and no other."""

from __future__ import annotations

import pytest
from messages import lamp_policy, mail

from mailagent.core.reading import facts

THREAD = {"in_reply_to": ("<1@ours.example>",), "references": ("<1@ours.example>",)}
SAID = [
    ("شكرا، المستودع ممتلئ هذه الفترة، راسلونا بعد رمضان.", "not_now_later"),
    ("وصلت الشحنة أمس ووجدنا 15 كشاف مكسور. نريد تعويضا.", "complaint"),
    ("مرحبا، نحتاج 2000 منشفة towels للفندق، كم التكلفة وهل ممكن ترسلون قطعة للتجربة؟", "asks_price asks_sample"),
    ("السلام عليكم، كم سعر رولمان 6204 لكمية 2000 قطعة؟ ومتى يمكن الشحن إلى جدة؟ خالد", "asks_price delivery_question"),
    ("السعر مرتفع جدا بالنسبة لنا، نحتاج خصم على 6305. أحمد", "price_objection"),
    ("نوافق على العرض ونؤكد الطلب لعدد 600 كشاف LED. نرجو إرسال الفاتورة المبدئية. ياسر", "places_order"),
    (
        "Hallo, wir bräuchten etwa 20.000 Papiertüten mit Aufdruck. Mit welchen Kosten muss ich rechnen? Ein "
        "paar Ansichtsstücke vorab wären super.",
        "asks_price asks_sample",
    ),
    (
        "Hallo Frau Wang, von den 6206 läuft gut ein Drittel rau, das können wir so nicht verbauen. Wir "
        "erwarten eine Stellungnahme bis Freitag.",
        "complaint",
    ),
    ("Danke, für diese Saison sind wir versorgt. Gerne wieder Anfang nächsten Jahres.", "not_now_later"),
    (
        "Bei den 32008 könnten wir zuschlagen, aber Vorkasse ist bei uns nicht drin. 14 Tage nach Erhalt der "
        "Ware wäre unser Vorschlag.",
        "payment_or_lc",
    ),
    (
        "Guten Tag, was kosten 1.000 Stück 6004-2RS frei Rotterdam, und wie schnell könnten Sie liefern? Mit "
        "freundlichen Grüßen Jürgen Maurer",
        "asks_price delivery_question",
    ),
    (
        "Sehr geehrte Frau Wang, für die 32006 liegt uns ein Angebot aus Polen vor, das 12 % unter Ihrem "
        "liegt. Da müssten Sie noch nachlegen. Heike Brand",
        "existing_supplier price_objection",
    ),
    ("Appreciate you reaching out but we only stock US made tools. Not gonna change. Take care. Marv", "not_interested"),
    (
        "Hi, budget for 2026 is already spent so there is nothing I can do before the new fiscal year in "
        "April. Ping me then. Yewande",
        "not_now_later",
    ),
    ("Many thanks for your detailed offer, I have passed it on to our technical people and will revert. Stan", "acknowledges"),
    ("Any chance of getting the BL scan today? The boat is due on Sunday and customs asks for it. Toma", "delivery_question"),
    ("pls share ur full pdf of items thx", "asks_catalog"),
    (
        "Fine with the 40 dollars. Pls ship ten of the 608 to our lab: Nyström Fans, Fabriksgatan 3, 55447 "
        "Jönköping, and charge UPS 77E-090. Sara",
        "confirms_sample_order",
    ),
    ("OK Lily you win. Put us down for 5000 tubes, paperwork follows this afternoon. leo", "places_order"),
    ("if i go up to 3000pcs how far down can you go? and earliest sailing?", "asks_price delivery_question"),
    ("Hi there, I'm the receptionist, you will want Mike Tran for that: mtran@delawareplastics.example. Thx!", "wrong_person"),
    ("Gustavo de nuevo. En Miami consigo el 6204 a 0,41 puesto acá. ¿Qué podés hacer?", "existing_supplier price_objection"),
    ("Hola, le agradezco, pero nosotros no manejamos ese tipo de producto. Suerte.", "not_interested"),
    ("Buen día, a cuánto dejan la docena de tijeras de poda y desde qué cantidad venden?", "asks_price asks_terms"),
    ("Hoy salió el giro del 30%. Avíseme para cuándo estarían listos los reflectores.", "delivery_question payment_or_lc"),
    ("Lily, adelante con las 500 UCP 206. Te mando la orden de compra firmada. Espero la proforma. Héctor", "places_order"),
    ("La mercancía llegó incompleta: faltan 40 rodamientos 6207 y dos cajas venían rotas. Queremos una solución. Nuria", "complaint"),
    ("Bonjour, votre offre ne correspond pas à notre activité. Cordialement.", "not_interested"),
    (
        "Bonjour, à combien me feriez-vous 10 000 sacs en papier kraft livrés au Havre, et vers quelle date ?",
        "asks_price delivery_question",
    ),
    (
        "Bonjour, pourriez-vous me faire parvenir votre tarif pour 200 roulements 32210 ainsi que votre "
        "documentation ? Cordialement, Benoît Lacaze",
        "asks_catalog asks_price",
    ),
    ("C'est trop cher pour nous, un effort sur le prix des UCP 210 serait le bienvenu. Yannick", "price_objection"),
    (
        "Bonjour Lily, bon pour accord, proforma signée en pièce joi"
        "nte. L'acompte de 30 % part demain par virement. Awa Traoré",
        "payment_or_lc places_order",
    ),
    ("Trois vannes sur dix fuient au presse-étoupe. Nous attendons un avoir ou un remplacement. Luc Morel", "complaint"),
    (
        "Buongiorno, tutto a posto: vi rimando la proforma controfirmata e domani mattina parte il bonifico "
        "dell'acconto per le ball valve.",
        "payment_or_lc places_order",
    ),
    ("Ciao, adesso non compriamo, ne riparliamo dopo le feste.", "not_now_later"),
    (
        "Buongiorno, vorremmo un preventivo per 2000 cuscinetti 620"
        "6-2RS e, se possibile, un campione da provare. Paolo Ferri",
        "asks_price asks_sample",
    ),
    ("Il prezzo del 6304 è fuori mercato, non riusciamo ad andare oltre 0,70. Gianna", "price_objection"),
    ("Grazie, ma non siamo interessati.", "not_interested"),
    (
        "Ciao Lily, confermiamo l'ordine dei 400 proiettori LED. Quando sono pronti per la spedizione? Marco",
        "delivery_question places_order",
    ),
    (
        "お世話になっております。6204の件、社内の目標が0.45ドルでして、"
        "その線でお願いできないでしょうか。また最短でいつ出せますか。",
        "delivery_question price_objection",
    ),
    ("ご案内ありがとうございます。今期の仕入れは終わっておりますので、来春にまたご連絡ください。", "not_now_later"),
    ("見積の内容で問題ございません。LED投光器200台で手配を進めてください。注文書は後ほどお送りします。", "places_order"),
    ("先週届いたLED投光器のうち5台が点灯しません。至急ご対応をお願いいたします。 鈴木", "complaint"),
    (
        "ゲートバルブDN100ですが、もう少しお値引きいただけないでしょうか。他社より1割ほど高いです。 小林",
        "existing_supplier price_objection",
    ),
    ("お見積りありがとうございます。6204の最小ロットと、ご発注後の納期を教えてください。", "asks_terms delivery_question"),
    ("6305는 지금 쓰는 업체가 0.8달러에 줍니다. 그 이하로 되면 바꿔볼게요.", "existing_supplier price_objection"),
    ("오늘 계약금 30% 송금했습니다. 투광등 선적은 언제쯤 될까요?", "delivery_question payment_or_lc"),
    ("제안 감사합니다만 저희와 맞지 않아 진행하지 않기로 했습니다.", "not_interested"),
    ("안녕하세요, 6203ZZ 3000개 견적 부탁드립니다. 납기는 얼마나 걸리나요? 김민수", "asks_price delivery_question"),
    ("감사합니다. 지금은 재고가 충분해서 내년에 다시 연락 주세요.", "not_now_later"),
    ("PI 서명해서 보내드립니다. 30205 1000개 발주 진행해 주세요. 최영호", "places_order"),
    ("Adriana aqui. Com esse valor no 30205 eu perco a venda, precisa chegar em 1,15.", "price_objection"),
    ("Oi, quero saber quanto está a toalha de banho 400g no atacado e em quantos dias chega em Santos.", "asks_price delivery_question"),
    ("Qual o prazo de entrega dos refletores LED e o pedido mínimo?  Tatiana", "asks_terms delivery_question"),
    ("Olá, no momento estamos abastecidos. Me procure no segundo semestre por favor.", "not_now_later"),
    ("Recebemos as válvulas de esfera e 12 vieram com vazamento. Como vamos resolver? Silvia", "complaint"),
    ("Olá Lily, antes do pedido gostaríamos de receber 5 amostras do 6203 para testes. É possível?", "asks_sample"),
    ("Виктория, по 6308 не проходим, нужна цена хотя бы 1,9. Посмотрите ещё раз.", "price_objection"),
    ("Добрый день. Секаторы пришли, у трети слабая пружина, покупатели возвращают. Как будем решать?", "complaint"),
    ("Спасибо, на этот сезон уже всё закупили. Напишите ближе к весне.", "not_now_later"),
    (
        "Добрый день! Сколько стоит 6205-2RS при заказе 3000 шт? И какой срок поставки до Владивостока? Сергей",
        "asks_price delivery_question",
    ),
    ("Лили, дорого. У другого поставщика 6306 выходит на 15% дешевле. Что можете сделать? Ольга", "existing_supplier price_objection"),
    (
        "Здравствуйте, предоплату отправили сегодня, платёжка во вложении. Когда отгрузите прожекторы? Андрей",
        "delivery_question payment_or_lc",
    ),
    ("Kemal ben. 6206 için 0,60 dersen hemen alırım, ne zaman yüklersin?", "delivery_question price_objection"),
    ("Merhaba, gelen projektörlerin on ikisi yanmıyor, camı kırık olanlar da var. Ne yapacağız?", "complaint"),
    ("Merhaba, ürünlerinizi tanıtan bir dosya yollar mısınız?", "asks_catalog"),
    ("Merhaba, 6205 2RS için fiyat alabilir miyim? 1500 adet lazım. Mehmet", "asks_price"),
    ("Merhaba, 30208 stokta var mı, ne zaman yola çıkar? Ödeme vadeli olur mu? Selin", "delivery_question payment_or_lc"),
    (
        "Fiyatınız yüksek, şu an çalıştığımız firma 0,35 dolara veriyor. İndirim yapabilir misiniz? Hakan",
        "existing_supplier price_objection",
    ),
    ("老板,牛皮纸袋25*35的,做5万个大概什么价?多长时间能出货?", "asks_price delivery_question"),
    ("6205你们报0.55,客户那边最多接受0.5,你跟领导说说看能不能做。", "price_objection"),
    ("价格没问题,就这么定吧,先来一个小柜,合同发我盖章。", "places_order"),
    ("不好意思,这个我们做不了,也没这方面的客户。", "not_interested"),
    ("你们这次发的30206跟上回不一样,客户装上去转起来咔咔响,已经退回来80多套,怎么办?", "complaint"),
    ("这款球阀的阀座是PTFE还是PPL?介质180度行不行?可以的话先发两台我们装机看看。", "asks_sample tech_question"),
    ("今年的单子都排满了,新品等开春再看吧。", "not_now_later"),
    ("好的,资料看到了,我跟老板汇报一下。", "acknowledges"),
    ("UCF210我们打算走海运,预付两成行不行?另外年前赶得出来吗?", "delivery_question payment_or_lc"),
]


@pytest.mark.parametrize(("words", "intents"), SAID, ids=[words[:25] for words, _ in SAID])
def test_every_intent_and_no_other_is_found(words, intents):
    found = facts.intents(facts.find(mail(words, **THREAD), lamp_policy()))
    assert set(found) - {"general_inquiry"} == set(intents.split())
