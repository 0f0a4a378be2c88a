"""Whose company, whose title: names without a legal form, firms in the display name, departments beside a person."""

from __future__ import annotations

import pytest
from policies import policy

from mailagent.core.reading import tradenames
from mailagent.core.reading.read import look_for_facts, read


def facts_of(text: str, sender: str) -> dict[str, str]:
    shown, _, address = sender.rpartition(" ")
    head = f'From: "{shown}" {address}\nTo: sales@ours.example\nSubject: valves\nContent-Type: text/plain; charset=utf-8\n\n'
    found = look_for_facts(read(f"{head}{text}\n".encode(), policy()), policy()).facts or ()
    return {fact.name: fact.value for fact in reversed(found)}


@pytest.mark.parametrize(
    ("text", "sender", "company"),
    [
        ("Please quote 40 valves.\n\nRegards\nIan Barlow\nBarlow Barrows", "Ian Barlow <ian@else.example>", "Barlow Barrows"),
        ("Please quote 40 valves.\n\nEsi Owusu\nRiverside Water", "Esi Owusu <esi@riverside-ltd.example>", "Riverside Water"),
        ("Please quote 40 valves.\n\nFemi Ade, Ade Spares, Jos", "Femi Ade <femi@mail.example>", "Ade Spares"),
        ("Daemyung Reducer makes gear boxes. Please quote 40 valves.\n\nPark", "Park <park@daemyung-reducer.example>", "Daemyung Reducer"),
        ("I'm with Monte Verde Drives. Please quote 40 valves.\n\nIva", "Iva <iva@mail.example>", "Monte Verde Drives"),
        ("Please send them to Northern Air Systems, gate 4.\n\nMark", "Mark <m@northairsys.example>", "Northern Air Systems"),
        ("请报价40只。\n\n临沂农机 周明", "周明 <zm@else.example>", "临沂农机"),
        ("見積をお願いします。\n\n北山精機 佐藤", "佐藤 <sato@else.example>", "北山精機"),
        ("はじめまして。山川油送の佐藤と申します。見積をお願いします。", "佐藤 <sato@else.example>", "山川油送"),
        ("안녕하세요. 한성펌프 김민호입니다. 견적 부탁드립니다.", "김민호 <kim@else.example>", "한성펌프"),
        ("Merci de votre prix pour 40 vannes.\n\nAli Saïd\nSARL MECATRO", "Ali Saïd <ali@else.example>", "SARL MECATRO"),
        (
            "Please quote 40 valves.\n\nNgozi Eze (Mrs.)\nDirector, Eze & Sons Engineering\n+234 803 555 0190",
            "Ngozi Eze <ngozi@ezeandsons.example>",
            "Eze & Sons Engineering",
        ),
        ("我司（莱州丰收农机）年度询价，请报价40只。\n\n周明", "周明 <zm@else.example>", "莱州丰收农机"),
        ("Добрый день, отправьте на ТОО «Жулдыз», Костанай. Спасибо!", "Ольга <o@else.example>", "ТОО «Жулдыз"),
    ],
)
def test_a_company_needs_no_legal_form(text, sender, company):
    assert facts_of(text, sender).get("gives_company") == company


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("Please quote 40 valves.\n\nGroet, Joost", "Joost Bakker <joost@mail.example>"),
        ("We buy from Nordic Bearings today. Quote 40 valves.\n\nAnna", "Anna Holm <anna@mail.example>"),
        ("你好，看到你们的网站，有代理政策吗？", "流年 <ln@mail.example>"),
        ("你好，我们做五金配件的，请报价40只。", "周明 <zm@mail.example>"),
        ("我司（以下简称甲方）需要40只，请报价。", "周明 <zm@mail.example>"),
        ("Please quote 40 valves.\n\nMaria Silva Costa", "Maria Silva <maria@mail.example>"),
        ("Please quote 40 valves.\n\nHanna Ek", "Hanna Ek <hanna@mail.example>"),
        ("I take by weight, about 800 kg. Please quote.", "Jim Orr <jim@mail.example>"),
        ("Please quote 40 valves.\n\nAna Rojas\nTesorería", "Ana Rojas <ana@mail.example>"),
    ],
)
def test_what_is_no_company(text, sender):
    assert "gives_company" not in facts_of(text, sender)


@pytest.mark.parametrize(
    "shown",
    ["Ferretería El Clavo", "Okoro Spare Parts",
     "Garage Belhaj", "bashir autoparts", "Officine Serra", "أبو سالم لقطع الغيار", "Kojo Brothers"],
)
def test_a_firm_in_the_display_name_is_no_person(shown):
    found = facts_of("how much are 40 valves", f"{shown} <x17@mail.example>")
    assert found.get("gives_company") == shown
    assert "gives_person" not in found


@pytest.mark.parametrize("shown", ["Owen Price", "John Fields", "Mary Parsons", "Jane Sons", "Uwe Lager", "黄志明", "Nguyễn Văn An"])
def test_a_person_is_no_firm(shown):
    assert not tradenames.is_firm(shown, "sales", lambda: False)
    assert facts_of("how much are 40 valves", f"{shown} <x17@mail.example>").get("gives_person") == shown


@pytest.mark.parametrize(
    ("text", "sender", "person"),
    [
        ("i am chidi, i have a shop. how much 40 valves", " <chidi.obi@mail.example>", "chidi"),
        ("How much are 40 valves?", "Zhou, Kevin <kevin.zhou@mail.example>", "Kevin Zhou"),
        ("Please quote.\n\nDee Madder, Buyer II\nLake County Technical College, Salina", "Purchasing <p@lakecounty.example>", "Dee Madder"),
        ("请报价。\n\n联系人：黄经理 手机 170 5555 0123", "采购中心 <cg@mail.example>", "黄经理"),
    ],
)
def test_who_signs(text, sender, person):
    assert facts_of(text, sender).get("gives_person") == person


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("NEED 40 VALVES\nORIGIN CHINA OK NO PROBLEM\nGIVE PRICE TODAY", "Procurement <p@mail.example>"),
        ("Please send your price list.\n\nChief Coordinator", "Chief Coordinator <d@mail.example>"),
        ("Wir brauchen das nicht.\n\nEmpfang", "Reception <info@mail.example>"),
        ("我们用不上。", "前台 <info@mail.example>"),
    ],
)
def test_nobody_signs(text, sender):
    assert "gives_person" not in facts_of(text, sender)


@pytest.mark.parametrize(
    ("text", "sender", "title"),
    [
        ("Quote 40 valves.\n\nAna Rojas\nTesorería", "Ana Rojas <ana@mail.example>", "Tesorería"),
        ("Quote 40 valves.\n\nKatja Old\nDisposition", "Katja Old <k@mail.example>", "Disposition"),
        ("Quote 40 valves.\n\nSam Dube, Reliability", "Sam Dube <s@mail.example>", "Reliability"),
        ("请报价。\n\n吴敏 品质部", "吴敏 <wm@mail.example>", "品质部"),
        ("Quote 40 valves.\n\nPurchasing", "Tender <t@mail.example>", None),
        ("Quote 40 valves today.", "Purchasing, Kessel <e@mail.example>", None),
        ("Dear Export Manager,\nplease quote 40 valves, our workshop asks.\n\nRay Vale", "Ray Vale <r@mail.example>", None),
        ("Quality: P5. Logistics: by sea.\nQuote 40 valves.\n\nRay Vale", "Ray Vale <r@mail.example>", None),
    ],
)
def test_a_department_is_a_title_only_beside_a_person(text, sender, title):
    assert facts_of(text, sender).get("gives_title") == title
