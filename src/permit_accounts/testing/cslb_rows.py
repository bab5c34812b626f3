"""Invented rows in the exact shape of the California board's public License Master file.

The board's file has 52 columns, 244,471 rows and 77.9 MB, is in windows-1252, and has habits that break
readers: blanks that lead the workers' compensation columns, classes joined by `| `, a column called
`Classifications(s)`, a coverage type with a comma in it. These rows have them all, in about the shares that
were measured, so an import or an index can be tried at full size without anybody's real license.

The same seed gives the same rows.
"""

from __future__ import annotations

import csv
import os
import random  # noqa: TID251 - made-up rows must come out alike from one seed
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

#: The header, as the board spells it.
MASTER_COLUMNS: Final = (
    *("LicenseNo", "LastUpdate", "BusinessName", "BUS-NAME-2", "FullBusinessName", "MailingAddress", "City"),
    *("State", "County", "ZIPCode", "country", "BusinessPhone", "BusinessType", "IssueDate", "ReissueDate"),
    *("ExpirationDate", "InactivationDate", "ReactivationDate", "PendingSuspension", "PendingClassRemoval"),
    *("PendingClassReplace", "PrimaryStatus", "SecondaryStatus", "Classifications(s)", "AsbestosReg"),
    *("WorkersCompCoverageType", "WCInsuranceCompany", "WCPolicyNumber", "WCEffectiveDate"),
    *("WCExpirationDate", "WCCancellationDate", "WCSuspendDate", "CBSuretyCompany", "CBNumber"),
    *("CBEffectiveDate", "CBCancellationDate", "CBAmount", "WBSuretyCompany", "WBNumber", "WBEffectiveDate"),
    *("WBCancellationDate", "WBAmount", "DBSuretyCompany", "DBNumber", "DBEffectiveDate"),
    *("DBCancellationDate", "DBAmount", "DateRequired", "DiscpCaseRegion", "DBBondReason", "DBCaseNo"),
    "NAME-TP-2",
)
#: How many rows the board's file had when it was measured.
FULL_SIZE: Final = 244_471

# Shares of the 244,471: CLEAR 230,959, Contr Bond Susp 7,972, Work Comp Susp 3,503, the rest together 2,037.
_STATUSES: Final = ("CLEAR", "Contr Bond Susp", "Work Comp Susp", "")
_STATUS_SHARES: Final = (230_959, 7_972, 3_503, 2_037)
_RARE_STATUSES: Final = (
    *("Liab Ins Susp", "Susp - No Qualifier", "Family Sup Susp", "SOS Suspension", "Judgement Susp"),
    *("Out Liab Susp", "BOND Pay Susp", "EMP/WK Bnd Susp", "JDG Entity Susp", "QUAL Bond SUSP"),
    *("BND Pay EN Susp", "O/L Entity Susp", "Discp Bond SUSP", "Citation Susp", "ARB Suspension"),
    *("ARB Entity Susp", "J V Entity Susp", "Cit Entity Susp"),
)
_SECONDARY: Final = (
    *("WC Susp Pending", "Renewal Recived", "Pending Case/CIT", "7073E Probation", "DISC Bond Filed"),
    *("Pending IFS", "FAM Sup Tmp Lic", "BOND Pay Pending", "Class Removal Pending", "Liability Pend"),
    *("Pending Canc", "SOS Problem", "Renew Inactive only", "C22 Not Valid"),
)
_KINDS: Final = ("Sole Owner", "Corporation", "Partnership", "Limited Liability", "JointVenture")
_KIND_SHARES: Final = (50, 42, 2, 5, 1)
_CLASSES: Final = (
    *("A", "B", "B-2", "C10", "C36", "C33", "C27", "C20", "C39", "C8", "C08", "C16", "C15", "C54", "C57"),
    *("C9", "C22", "C49", "D49", "D03", "D06", "D12", "D28", "D35", "D52", "D62", "ASB", "HAZ"),
)
_COVERAGES: Final = (
    "Workers' Compensation Insurance",
    "Exempt",
    "License does not have current W/C",
    "Self-Insured",
    "Leasing Firm, Temp Agency, etc",
    "Family",
    "Out of State",
)
_COVERAGE_SHARES: Final = (47, 46, 3, 1, 2, 0.5, 0.5)
_SURNAMES: Final = (
    *("ALDERMERE", "BRACKWOOD", "CINDERHALL", "DUNMARROW", "EASTERLING", "FENWRIGHT", "GARROWAY"),
    *("HOLLINGER", "IBÁÑEZ", "JUNIPERO", "KESTRELL", "LINDQVIST", "MARCHBANK", "NUÑEZ", "OAKHAVEN"),
    *("PEÑA", "QUILLON", "RAVENSCAR", "SÖDERHOLM", "TAMARISK", "UNDERHAY", "VALLEBRAVA", "WINTERBOURNE"),
    *("YARROWBY", "ZELENKA"),
)
_FIRST_NAMES: Final = ("AVERY", "BLAKE", "CASEY", "DANA", "ELLIS", "FINLEY", "GALE", "JESÚS", "MORGAN")
_TRADES: Final = (
    *("CONSTRUCTION", "BUILDERS", "ELECTRIC", "PLUMBING & HEATING", "ROOFING", "LANDSCAPE", "POOLS"),
    *("PAINTING & DECORATING", "CONCRETE", "TILE + STONE", "FIRE PROTECTION", "GENERAL CONTRACTORS"),
)
_STREETS: Final = ("ALDER STREET", "BRIARCLIFF AVENUE", "CANYON VISTA ROAD", "DOGWOOD LANE", "ELM BLVD STE")
_CITIES: Final = (
    ("VALLE SERENO", "Los Angeles"),
    ("MARLIN COVE", "San Diego"),
    ("QUARTZ SPRINGS", "San Bernardino"),
    ("OLD FERRY LANDING", "Contra Costa"),
    ("LA CAÑADA NUEVA", "Los Angeles"),
    ("PINE HOLLOW", "Nevada"),
)
_CARRIERS: Final = (
    "GOLDEN POPPY COMPENSATION INSURANCE FUND",
    "SIERRA CREST CASUALTY COMPANY OF READING (THE)",
    "HARBOR & MAIN MUTUAL INSURANCE COMPANY",
    "REDWOOD COAST EMPLOYERS ASSURANCE",
)
_SURETIES: Final = (
    "BAY LAUREL SURETY AND INDEMNITY COMPANY",
    "COASTAL RANGE CONTRACTORS BONDING COMPANY (MUTUAL)",
    "MANZANITA INDEMNITY COMPANY",
)
_FIRST_ISSUED: Final = date(2015, 1, 10)


def master_rows(count: int, *, seed: int = 1) -> Iterator[dict[str, str]]:
    """Invented rows by column name, numbers rising, each number once.

    Args:
        count: How many; `FULL_SIZE` for as many as the board's file has.
        seed: Another seed, other rows.
    """
    chance = random.Random(seed)
    number = 100
    for _ in range(count):
        number += chance.randint(1, 8)
        row = dict.fromkeys(MASTER_COLUMNS, "") | _firm(chance) | _standing(chance)
        yield row | {"LicenseNo": str(number)}


def write_master_csv(path: str | os.PathLike[str], rows: Iterable[dict[str, str]]) -> int:
    """Write rows as the board does: windows-1252, commas, a header. Returns the size in bytes."""
    with open(path, "w", encoding="cp1252", newline="") as file:
        writer = csv.DictWriter(file, MASTER_COLUMNS, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
    return os.path.getsize(path)


def _firm(chance: random.Random) -> dict[str, str]:
    kind = chance.choices(_KINDS, _KIND_SHARES)[0]
    surname, first = chance.choice(_SURNAMES), chance.choice(_FIRST_NAMES)
    person = kind == "Sole Owner" and chance.random() < 0.5
    name = f"{surname} {first}" if person else f"{surname} {chance.choice(_TRADES)}"
    city, county = chance.choice(_CITIES)
    return {
        "BusinessName": name,
        "FullBusinessName": f"{first} {surname}" if person else "",
        "BusinessType": kind,
        "MailingAddress": f"{chance.randint(1, 29_999)} {chance.choice(_STREETS)}",
        "City": city,
        "State": "CA",
        "County": county,
        "ZIPCode": str(chance.randint(90_001, 96_162)),
        "BusinessPhone": f"(555) {chance.randint(200, 999)} 01{chance.randint(0, 99):02}",
    }


def _standing(chance: random.Random) -> dict[str, str]:
    classes = chance.sample(_CLASSES, chance.choices((1, 2, 3, 5), (70, 20, 8, 2))[0])
    issued = _FIRST_ISSUED + timedelta(days=chance.randint(0, 4_000))
    inactive = chance.random() < 0.04
    return {
        "LastUpdate": _day(date(2026, 1, 1) + timedelta(days=chance.randint(0, 230))),
        "IssueDate": _day(issued),
        "ExpirationDate": _day(date(2026, 9, 30) + timedelta(days=chance.randint(-60, 700))),
        "InactivationDate": _day(issued) if inactive else "",
        "ReactivationDate": _day(issued + timedelta(days=800)) if inactive and chance.random() < 0.3 else "",
        "PrimaryStatus": chance.choices(_STATUSES, _STATUS_SHARES)[0] or chance.choice(_RARE_STATUSES),
        "SecondaryStatus": "| ".join(chance.sample(_SECONDARY, 2)) if chance.random() < 0.05 else "",
        "Classifications(s)": "| ".join(classes),
        **_workers_comp(chance),
        **_bond(chance),
    }


def _workers_comp(chance: random.Random) -> dict[str, str]:
    """The columns whose values begin with a blank, all but the first two."""
    coverage = chance.choices(_COVERAGES, _COVERAGE_SHARES)[0]
    begun = date(2025, 9, 1) + timedelta(days=chance.randint(0, 360))
    if coverage not in ("Workers' Compensation Insurance", "Leasing Firm, Temp Agency, etc"):
        return {"WorkersCompCoverageType": coverage, "WCEffectiveDate": f" {_day(begun)}"}
    return {
        "WorkersCompCoverageType": coverage,
        "WCInsuranceCompany": chance.choice(_CARRIERS),
        "WCPolicyNumber": f" WC{chance.randint(10**6, 10**10)}",
        "WCEffectiveDate": f" {_day(begun)}",
        "WCExpirationDate": f" {_day(begun + timedelta(days=365))}",
        "WCCancellationDate": f" {_day(begun + timedelta(days=200))}" if chance.random() < 0.03 else "",
    }


def _bond(chance: random.Random) -> dict[str, str]:
    return {
        "CBSuretyCompany": chance.choice(_SURETIES),
        "CBNumber": str(chance.randint(10**8, 10**10)),
        "CBEffectiveDate": _day(date(2023, 1, 1) + timedelta(days=chance.randint(0, 1_200))),
        "CBAmount": "25000",
    }


def _day(day: date) -> str:
    return f"{day:%m/%d/%Y}"
