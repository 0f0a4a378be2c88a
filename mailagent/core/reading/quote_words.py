"""The words that mail programs write above a quoted mail, in the languages of the world; ``quote_marks`` puts them into patterns."""

from __future__ import annotations

#: What a header is called.
KEYS = {
    "from": "From|Отправитель|Šalje|Von|De|Da|Van|От|От кого|Від(?: кого)?|Kimden|Gönderen|Od|Fra|Från|Lähettäjä|Feladó|De "
    "la|Expéditeur|Remitente|Remetente|Mittente|Afzender|Avsändare|Afsender|Nadawca|Odesílatel|"
    "Odosielateľ|"
    "发件人|寄件者|寄件人|發件人|发信人|差出人|送信者|送信元|보낸\\s?사람|보내는\\s?사람|발신|من|מאת|Từ|จาก|Dari|Từ người gửi|"
    "Daripada|Expeditor(?:ul)?|Pošiljatelj|Pošilja|Изпратено от|Подател|Από|Saatja|Kellelt|Nuo|No|از|فرستنده|Siuntėjas|"
    "發信人|Người gửi|ผู้ส่ง|Pengirim|Відправник|Αποστολέας|المرسل|השולח|שולח",
    "date": "Message du|Sent|Date|Gesendet|Gesendet am|Datum|Envoyé(?: le)?|Date d'envoi|Enviado(?: el| em)?|"
    "Enviada(?: em)?|Fecha|Data|Inviato|Verzonden|Отправлено|Дата|Надіслано|Gönderildi|Gönderme Tarihi|"
    "Gönderilme Tarihi|Tarih|Skickat|Skickat den|"
    "Sendt|Dato|Lähetetty|Päivämäärä|Päiväys|Elküldve|Dátum|Küldve|Trimis|Dată|Wysłano|Wysłane|Odesláno|Odoslané|Envoyée|"
    "发送时间|发送日期|寄件日期|發送日期|發送時間|傳送日期|送信日時|送信日|日時|日付|日期|时间|"
    "보낸\\s?날짜|날짜|전송|تاريخ الإرسال|التاريخ|תאריך|נשלח|"
    "Ngày|Đã gửi|Ngày gửi|วันที่|ส่ง|ส่งเมื่อ|Tanggal|Terkirim|Dikirim|"
    "Dihantar|Tarikh|Poslano|Poslato|Изпратено|Ημερομηνία|Στάλθηκε|Εστάλη|Saadetud|Kuupäev|Išsiųsta|Nosūtīts|Datums|تاریخ|ارسال شده|"
    "تم الإرسال|Gönderilme|Gönderim Tarihi|"
    "時間|发件时间|發件時間|寄件时间|寄件時間|收到时间|收到時間|收件时间|收件時間|寄出时间|寄出時間|发信时间|日期时间|送信時刻|受信日時|受信日|"
    "보낸\\s?시간|보낸\\s?일시|보낸\\s?날|받은\\s?시간|받은\\s?날짜|일시|시간|작성일|Thời gian|Gửi lúc|Ngày giờ|เวลา|วันเวลา|เวลาที่ส่ง|"
    "Gönderim Zamanı|Zaman|Tarih ve saat|Data wysłania|Wysłany|Data i godzina|Verstuurd|Verzonden op|Datum en tijd|Ontvangen|"
    "Waktu|Dikirim pada|Дата и время|Время|Час|Datum a čas|Sent on|Date sent|Date et heure|Fecha y hora|Data e ora|Data e hora|"
    "Dato og tid|Datum och tid|Datum und Uhrzeit|الوقت|أرسلت|Ώρα|Datum i vrijeme",
    "to": "To|An|À|A|Para|Aan|Кому|Kime|Alıcı|Till|Til|Do|Komu|Vastaanottaja|Címzett|Către|Pour|Destinataire|"
    "Destinatario|Destinatário|Odbiorca|Příjemce|收件人|收件者|收信人|宛先|받는\\s?사람|수신|إلى|אל|Đến|Tới|ถึง|Kepada|Ke|"
    "Destinatarul|Prima|Za|До|Προς|Saaja|Kellele|Kam|Gavėjas|به|گیرنده|Primatelj|Prejemnik",
    "subject": "Subject|Betreff|Objet|Asunto|Assunto|Oggetto|Onderwerp|Тема|Konu|Ämne|Emne|Temat|Předmět|Predmet|"
    "Aihe|Tárgy|Subiect|主\\s?题|主旨|主\\s?題|件名|标题|標題|제목|الموضوع|הנדון|נושא|Chủ đề|Tiêu đề|เรื่อง|หัวเรื่อง|"
    "Perihal|Subjek|Titre|Sujet|Subiectul|Subiect|Naslov|Zadeva|Относно|Θέμα|Teema|Tema|Temats|موضوع",
    "cc": "Cc|CC|Kopie|Copie(?: à)?|Copia|Cópia|抄送|副本|Копия|Bilgi|Kopia|Kopi|Kopija|참조|نسخة|Másolat|Bcc|"
    "Antwort an|Reply-To|Répondre à|Responder a|Rispondi a|Kopio|Kópia|DW|עותק|Përgjigju",
}

#: What stands between the dashes of a separator.
SEPARATOR_WORDS = (
    r"original (?:message|e-?mail|appointment)|original|forwarded (?:message|mail|e-?mail)(?: from .{0,"
    r"80}| by .{0,80})?|forward(?:ed)? .{0,60}|reply message|reply(?:ing)? to .{0,60}|ursprüngliche "
    r"(?:nachricht|e-?mail)|original-?nachricht|"
    r"weitergeleitete (?:nachricht|e-?mail)|message (?:d'origine|original|d’origine|transféré|initial)|"
    r"courriel original|mensaje (?:original|reenviado)|mensagem (?:original|encaminhada|reencaminhada)|"
    r"messaggio (?:originale|inoltrato)|"
    r"oorspronkelijk bericht|doorgestuurd bericht|исходное сообщение|пересылаемое сообщение|пересланное "
    r"сообщение|переслане повідомлення|orijinal (?:ileti|mesaj)|iletilen (?:ileti|mesaj)|"
    r"原始邮件|原始郵件|原邮件|原郵件|回复的原邮件|转发的邮件|转发邮件|轉寄的?郵件|转发邮件信息|"
    r"元のメッセージ|オリジナルメッセージ|転送メッセージ|원본 ?메시지|원본 메일|전달된 메시지|"
    r"الرسالة الأصلية|رسالة (?:معاد توجيهها|محولة)|"
    r"wiadomość oryginalna|oryginalna wiadomość|przekazana wiadomość|původní zpráva|přeposlaná zpráva|"
    r"pôvodná správa|opprinnelig melding|oprindelig meddelelse|videresendt (?:melding|meddelelse|besked)|"
    r"ursprungligt meddelande|vidarebefordrat meddelande|"
    r"alkuperäinen viesti|edelleenlähetetty viesti|eredeti üzenet|továbbított üzenet|mesaj original|mesaj "
    r"redirecționat|הודעה (?:מקורית|שהועברה)|proslijeđena poruka|prosleđena poruka|posredovano sporočilo|"
    r"препратено съобщение|προωθημένο μήνυμα|"
    r"edastatud (?:kiri|sõnum)|persiųstas laiškas|pesan (?:terusan|asli)|mesej (?:asal|dimajukan)|"
    r"thư (?:gốc|được chuyển tiếp)|tin nhắn gốc|"
    r"ข้อความต้นฉบับ|ข้อความที่ส่งต่อ|پیام اصلی|پیام فوروارد شده|початкове повідомлення|oryginalny mail"
)

#: One of these is in whatever announces a forwarded mail on a line without dashes.
FORWARD_STEMS = (
    *("forwarded", "weitergeleitet", "du message", "del mensaje", "da mensagem", "messaggio", "doorgestuurd", "сообщения"),
    *("iletilen", "转发", "轉寄", "転送", "전달", "بدء", "přeposílané", "preposlanej", "videresendt", "välitetty", "terusan"),
    *("vidarebefordrat", "przekazywanej", "továbbított", "redirecționat", "листа", "proslijeđenu", "chuyển tiếp", "ส่งต่อ", "שהועברה"),
)

#: One of these is at the end of an attribution, or before the name in it; and how most attributions end.
VERBS_AT_END = (
    *("wrote", "writes", "said", "écrit", "ecrit", "escribió", "escribio", "escreveu", "scritto", "napisał", "napisał(a)", "napisała"),
    *("geschreven", "geschrieben", "schrieb", "skrev", "kirjoitti", "написал", "написал(а)", "написала", "пишет", "пише", "yazdı", "yazdi"),
    *("scris", "napsal", "napsal(a)", "napsala", "napísal", "napísal(a)", "írta", "viết", "menulis", "写道", "寫道", "写到", "작성"),
    *("작성하였습니다", "작성함", "のメール", "書きました", "كتب", "كتبت", "เขียนว่า", "เขียน", "έγραψε", "escrit"),
)
PLAIN_ENDS = (" wrote:", " writes:", " schrieb:", " a écrit:", " escribió:", " escreveu:", " ha scritto:", " skrev:", " пишет:")
VERBS_BEFORE = (
    *("wrote on", "a écrit le", "escribió el", "escreveu em", "ha scritto il", "napisał w dniu"),
    *("schrieb", "schreef", "skrev", "kirjoitti", "har", "بواسطة", "napsal", "napísal", "írta", "מאת", "от", "від"),
)
