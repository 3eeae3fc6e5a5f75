"""Rate texts of the United States tariff: what each notation means, and that no text is refused."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradetalks.law.rate_text import Rate, parse, special

amounts = st.decimals(min_value="0.001", max_value="9999", places=3)
percentages = st.decimals(min_value="0.1", max_value="400", places=1)
units = st.sampled_from(["kg", "liter", "pf.liter", "doz.", "m2", "kg on drained weight", "1000"])


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("Free", Rate("free", 0.0)),
        ("Free 1/", Rate("free", 0.0)),
        ("6.5% ", Rate("ad valorem", 0.065)),
        ("37% /", Rate("ad valorem", 0.37)),
        ("33 1/3%", Rate("ad valorem", 0.3333333333)),
        ("6.5% on the entire set", Rate("ad valorem", 0.065)),
        ("68¢/head", Rate("specific", None, ((0.68, "head"),))),
        ("$2/1,000 + 60%", Rate("compound", 0.6, ((2.0, "1,000"),))),
        ("88.2¢/kg + 55% + 12.5¢/ article", Rate("compound", 0.55, ((0.882, "kg"), (0.125, "article")))),
        ("$1.53 each + 4.2% on the case + 2% on the strap", Rate("compound", None, ((1.53, "each"),))),
        ("3.9% on the movement + 5.3% on the battery", Rate("compound", None)),
        ("2.5% on the value of the lead content", Rate("other")),
        ("3.6606¢/kg less 0.020668¢/kg for each degree under 100 degrees", Rate("other")),
        ("The duty provided in the applicable subheading + 25%", Rate("other")),
        ("3 percent of the fair retail value", Rate("other")),
        ("", Rate("other")),
    ],
)
def test_each_notation_means_one_rate(text: str, rate: Rate) -> None:
    assert parse(text) == rate


@given(percentages, amounts, units)
def test_what_is_written_is_read_back(percent, amount, unit):
    assert parse(f"{percent}%").ad_valorem == pytest.approx(float(percent) / 100)
    assert parse(f"${amount}/{unit}").specific == ((float(amount), unit),)
    (cents,) = parse(f"{amount}¢/{unit}").specific
    assert cents == (pytest.approx(float(amount) / 100), unit)
    both = parse(f"{amount}¢/{unit} +{percent}%")
    assert (both.kind, both.ad_valorem, both.specific) == ("compound", pytest.approx(float(percent) / 100), (cents,))


@given(st.text(alphabet="0123456789.,/%$¢+() abcFreeKRS*\n"))
def test_no_text_is_refused(text):
    rate = parse(text)
    assert (rate.kind in ("free", "ad valorem")) <= (rate.ad_valorem is not None and not rate.specific)
    assert all(rate and code for code, rate in special(f"Free (AU) {text}").items() if code == "AU")


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("Free (A+, AU,S) 0.7% (KR)", {"A+": "Free", "AU": "Free", "S": "Free", "KR": "0.7%"}),
        ("Free (CL,.OM)", {"CL": "Free", "OM": "Free"}),
        ("Free (P+)See 9822.03.01(MA)", {"P+": "Free", "MA": "See 9822.03.01"}),
        ("10¢/kg (KR) See 9919.04.50, 9919.04.58 (PA (PA)", {"KR": "10¢/kg", "PA": "See 9919.04.50, 9919.04.58"}),
        ("A duty upon the value of the repairs (see U.S. note 3 of this subchapter)", {}),
    ],
)
def test_the_special_column_gives_each_programme_its_rate(text: str, rates: dict[str, str]) -> None:
    assert special(text) == rates


def test_reading_rates_loads_no_arrays() -> None:
    lines = "import sys, tradetalks.law.rate_text; assert not {'numpy', 'polars'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", lines], check=True, timeout=60)
