"""Read the labelled development mails and write predictions for their ``score.py``; a tool for people, not a test.

    python tests/bench/labelled_inquiries.py ../shared/corpora/inquiries /tmp/predictions.jsonl [m001.eml …]
    python ../shared/corpora/inquiries/score.py /tmp/predictions.jsonl --errors

Names of mails behind the output file print everything that was found in them. The mails are for a maker of bearings, so
the shipped example catalogue is replaced by the families of that trade.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mailagent import policy
from mailagent.core.model.known import Known
from mailagent.core.model.policy import Catalogue, CompanyProfile
from mailagent.core.reading import facts, kind, language, relay
from mailagent.core.reading.parse import parse
from mailagent.core.scoring import fraud
from mailagent.core.scoring.score import score

TRADE = Catalogue(
    industry=(
        "bearing*", "rodamiento*", "balero*", "rolamento*", "Lager", "Wälzlager", "roulement*", "cuscinett*",
        "подшипник*", "rulman*", "轴承", "軸受", "베어링",
    ),
    families={
        "deep groove": ("deep groove", "60##", "62##", "63##", "64##", "68##", "69##", "160##", "608", "深沟球", "Rillenkugellager"),
        "taper roller": ("taper* roller*", "302##", "303##", "320##", "322##", "323##", "332##", "LM#####", "M#####", "圆锥滚子",
            "Kegelrollenlager"),
        "pillow block": ("pillow block*", "UCP###", "UCF###", "UCFL###", "UC###", "chumacera*", "带座轴承", "外球面", "Stehlager"),
        "hub unit": ("hub unit*", "hub assembl*", "wheel hub*", "wheel bearing*", "轮毂单元"),
        "roller": ("NU###", "NJ###", "22###", "23###", "cylindrical roller*", "spherical roller*"),
    },
)  # fmt: skip
LABELS = {
    "payment_or_lc": "payment_or_LC", "not_now_later": "not_now_contact_later", "invitation_letter": "asks_invitation_letter",
    "wrong_person": "wrong_person_referral", "asks_call": "asks_call_or_meeting",
}  # fmt: skip


def main(folder: Path, output: Path, shown: list[str]) -> None:
    providers = frozenset((folder / "freemail_domains.txt").read_text("utf-8").split())
    shipped = policy.load(None)
    company = CompanyProfile(legal_name="Bright Bearing Co., Ltd.", domains=("brightbearing.example",))
    rules = shipped.model_copy(update={"company": company, "freemail": shipped.freemail | providers, "catalogue": TRADE})
    with output.open("w", encoding="utf-8") as lines:
        for path in sorted((folder / "eml").glob("*.eml")):
            message = relay.unwrap(parse(path.read_bytes(), languages=rules.languages), rules)
            verdict = kind.classify(message, Known(), rules)
            said = facts.find(message, rules)
            result = score(said, message, Known(), rules)
            if path.name in shown:
                print(path.name, verdict.kind, result.tier, *said, sep="\n    ")
            lines.write(json.dumps({"file": path.name, "kind": verdict.kind, **_prediction(message, verdict, said, result, rules)}) + "\n")


def _prediction(message, verdict, said, result, rules) -> dict:
    is_buyer = verdict.kind in ("inquiry", "reply")
    values = {fact.name: fact.value for fact in reversed(said)}
    return {
        "tier": result.tier if is_buyer else None,
        "fraud": result.fraud,
        "phishing": fraud.phishing(result.fraud_reasons, rules),
        "language": language.detect(message.words or message.text)[0],
        "unsubscribe": verdict.unsubscribe == "auto",
        "stop": False,
        "intents": [LABELS.get(name, name) for name in facts.intents(said) if name != "general_inquiry"] if is_buyer else [],
        "contact": [what for what in ("company", "person", "title", "phone", "address", "website") if f"gives_{what}" in values],
        "incoterm": values.get("incoterm"),
        "port": values.get("port"),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
