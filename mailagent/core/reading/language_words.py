"""The words of very short mails ("muchas gracias", "za drogo"), and the letters that only one language of a script has.

Statistics need a sentence; a buyer who thanks in two words gives none. What people write in so few words is always the same: thanks,
yes and no, a greeting, the price and that it is too high, please send, we need. Words are written here without accents, because
half of the world types without them; a word of several languages is listed with each and counts for less.
"""

from __future__ import annotations

LATIN = {
    "en": (
        "thanks thank thx yes please pls price prices noted received agreed quote quotation order best need want send "
        "sure great hello hi dear regards sir madam kindly confirm offer urgent how much when too expensive good morning "
        "not interested waiting sample samples rate cheap your you the is are we our and can"
    ),
    "es": (
        "gracias hola precio precios cuanto cuanta cuesta cuestan necesito necesitamos quiero queremos favor buenos "
        "buenas dias tardes caro muy envio enviar envien enviame envieme cotizacion cotizar cotizame pedido vale estimado "
        "estimada saludos cuando donde recibido entendido acuerdo tenemos bien mucho muchas luego piezas tiene tienen "
        "este para manana"
    ),
    "pt": (
        "obrigado obrigada ola preco precos quanto custa custam preciso precisamos quero queremos favor bom boa dia tarde "
        "caro muito nao voce voces enviar envie enviem orcamento cotacao cotar pedido prezado prezada abraco abracos "
        "quando recebido entendido temos tudo bem depois pecas tem estao amanha ainda"
    ),
    "fr": (
        "merci bonjour bonsoir prix combien cher chere trop beaucoup oui non svp besoin envoyer envoyez devis commande "
        "voulons nous vous votre cordialement accord quand recu bien pour quel quelle quels salut pieces avez avons les "
        "une est"
    ),
    "it": (
        "grazie buongiorno buonasera prezzo prezzi quanto costa costano caro cari troppo favore bisogno inviare mandi "
        "mandate mandare inviateci preventivo offerta ordine vogliamo cordiali saluti va bene quando ricevuto mille molto "
        "ciao salve pezzi abbiamo avete per domani"
    ),
    "de": (
        "danke bitte preis preise wieviel teuer ja nein hallo brauche brauchen angebot bestellung senden schicken guten "
        "tag gruss grusse wann erhalten gut vielen dank stuck ist nicht wir ich zu noch kein keine fur sie haben passt "
        "lieferzeit schon morgen"
    ),
    "nl": (
        "bedankt dank prijs prijzen hoeveel duur te ja nee hallo graag nodig offerte bestelling sturen goedemorgen "
        "goedemiddag goedendag groet groeten wanneer ontvangen goed stuks voor wij niet een hebben akkoord levertijd "
        "alstublieft hoi helaas hebt"
    ),
    "pl": (
        "dziekuje dziekujemy prosze cena ceny cene ile kosztuje drogo za tak nie dzien dobry potrzebuje potrzebujemy "
        "oferte oferta zamowienie wyslac pozdrawiam kiedy otrzymalem sztuk szt witam czy jest dla dzieki poprosze"
    ),
    "cs": (
        "dekuji dekujeme diky prosim cena cenu kolik stoji drahe drahy prilis ano ne dobry den potrebujeme potrebuji "
        "nabidku nabidka objednavka poslat poslete pozdravem kdy obdrzel kusu jsme je zdravim"
    ),
    "sk": (
        "dakujem dakujeme vdaka prosim cena cenu kolko stoji drahe drahy prilis ano nie dobry den potrebujeme potrebujem "
        "ponuku ponuka objednavka poslat poslite pozdravom kedy kusov sme je zdravim mate"
    ),
    "hr": (
        "hvala molim cijena cijenu koliko kosta skupo preskupo da ne dobar dan trebamo ponudu ponuda narudzba poslati pozdrav kada komada"
    ),
    "hu": (
        "koszonom koszonjuk kerem kerjuk ar ara arat mennyi mennyibe draga tul igen nem jo napot szuksegunk arajanlatot "
        "rendeles kuldje udvozlettel mikor darab"
    ),
    "ro": (
        "multumesc multumim va rugam rog pentru cerere livrare plata "
        "pret pretul preturi cat costa scump prea da nu buna ziua nevoie oferta comanda trimiteti "
        "stima cand bucati avem"
    ),
    "sv": (
        "tack pris priset hur mycket dyrt for ja nej hej behover offert bestallning skicka halsningar nar vanliga bra sa vi ar det inte och"
    ),
    "da": (
        "tak pris prisen hvor meget dyrt for ja nej hej behover tilbud ordre send venlig hilsen hvornar mange skal vi det "
        "er hvad bruge ikke og"
    ),
    "no": ("takk pris prisen hvor mye dyrt for ja nei hei trenger tilbud ordre send vennlig hilsen nar mange tusen vi det er hva ikke og"),
    "fi": (
        "kiitos kiitoksia hinta hinnan paljonko kallis liian kylla ei hei tarvitsemme tarjous tarjouksen tilaus lahettaa "
        "terveisin milloin kappaletta hyvaa paivaa"
    ),
    "tr": (
        "tesekkur tesekkurler ederim ederiz sagol fiyat fiyati fiyatlar kadar pahali cok evet hayir merhaba lutfen "
        "istiyoruz istiyorum teklif siparis gonderin gonderir gonder saygilar saygilarimla zaman adet tamam uygun olur "
        "degil var yok bakip donus yapacagim iyi gunler selam"
    ),
    "id": (
        "terima kasih harga harganya berapa mahal sekali tidak selamat siang pagi sore mohon butuh kami penawaran pesanan "
        "kirim kirimkan kapan tolong bisa apakah terlalu pak bapak ibu sudah belum diskon untuk stok barang saya"
    ),
    "ms": (
        "terima kasih harga harganya berapa mahal sangat tidak selamat sila perlukan kami sebut sebutharga pesanan hantar "
        "hantarkan bila tolong boleh adakah terlalu tuan puan encik sudah belum untuk stok barang saya petang awak bagi "
        "pihak"
    ),
    "vi": "xin chao khong duoc nhieu bao gia vui long chung toi gui tran trong cai roi cam",
}
#: Everybody greets in English now and then.
EVERYWHERE = frozenset(("hi", "hello", "dear", "regards", "sir", "thanks", "no", "offer", "best"))
CYRILLIC = {
    "ru": (
        "спасибо да нет цена цену цены сколько стоит дорого здравствуйте добрый день нужно нужен нужна нужны пожалуйста "
        "заказ предложение хорошо когда получили ждем ждём вышлите пришлите уже слишком счет счёт можно есть что это не "
        "для какая"
    ),
    "uk": (
        "дякую дякуємо так ні ціна ціну скільки коштує дорого добрий доброго дня день потрібно потрібен потрібні будь "
        "ласка замовлення пропозиція добре коли отримали чекаємо надішліть вже надто рахунок можна що це не для яка вітаю"
    ),
    "bg": (
        "благодаря да не цена цената колко струва скъпо здравейте добър ден моля поръчка оферта кога получихме изпратете "
        "броя бройки много ли твърде за трябва"
    ),
    "sr": "хвала да не цена цену колико кошта скупо добар дан молим понуда понуду када комада",
    "kk": "рахмет баға бағасы қанша сәлем қымбат керек",
}
#: Letters that only one language of the script has, or writes so often that a text with one of them is in it.
OWN_LETTERS = {
    "uk": "іїєґ", "ru": "ыэё", "sr": "ђјљњћџ", "kk": "қңғұәө",
    "fa": "پچژگکی", "ur": "ٹڈڑےںہھ", "ar": "كيةأإىئ",
}  # fmt: skip
