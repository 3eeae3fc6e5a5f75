"""The words of the talks: packages, prices, what drives the deals apart, who may stop them, what is off the table."""

from __future__ import annotations

from collections.abc import Sequence

from tradetalks.brief import sentences
from tradetalks.brief.amounts import SPACE, amount, day, percent, share, span, usd_bn
from tradetalks.brief.contract import Contents
from tradetalks.brief.contract_talks import Exchange, RedLine, Sensitivity
from tradetalks.brief.sentences import Statement, in_text, measured_against
from tradetalks.brief.tables import capital, in_common, number, quoted, same_deals, whole_range
from tradetalks.brief.tables_talks import GUESS, in_all, named, settled


def zone(contents: Contents) -> Statement | None:
    """Whether there is anything to sign, how likely that is, and who stands in the way; None where it was not asked."""
    zone = contents.get("zone")
    if not zone:
        return None
    how = " by the screen" if zone["screened"] else ""
    lead = "Zone of agreement" if zone["offers"] else "No zone of agreement"
    if zone["offers"]:
        part = share(zone["offers"] / zone["on_the_table"])
        told = f"{zone['offers']:,} of {zone['on_the_table']:,} offers ({part}){how} leave"
    else:
        told = f"none of {zone['on_the_table']:,} offers{how} leaves"
    text = f"{told} every side at least as well off as without a deal. Over what governments may weigh and how no deal "
    if zone["chance"]["point"] in (0, 1):
        each = "each" if zone["chance"]["point"] else "none"
        text += f"may go, there is something to sign in {each} of {zone['draws']:,} draws."
    else:
        text += (
            f"may go, the chance that there is something to sign is {share(zone['chance']['point'])} "
            f"{whole_range(zone['chance'])}, by {zone['draws']:,} draws."
        )
    if zone["chance"]["point"] < 1:
        names = {party["code"]: party["name"] for party in contents["parties"]}
        alone = [f"{names[p]} in {share(part)}" for p, part in zone["blocked_by"].items() if part > 0]
        text += (
            f" Where there is nothing, no offer would satisfy {' and '.join(alone)} of the draws."
            if alone
            else " Where there is nothing, each side would sign something, but no offer suits both."
        )
    return Statement(lead, text)


def cheapest(contents: Contents) -> Statement | None:
    """The cheapest package for the goals; None where there are no goals."""
    if not (goals := contents.get("goals")):
        return None
    asker, other = contents["parties"][:2]
    lead = f"Cheapest package with {settled(goals)}"
    if not (found := contents.get("packages")):
        return Statement(lead, f"no offer that was solved holds it and is worth signing to {in_text(other['name'])}.")
    best = found[0]
    over = best["over_no_deal"]
    if best["costs"] >= 0:
        cost = f"That costs {in_text(asker['name'])} {usd_bn(best['costs'])} a year"
    else:
        cost = f"That brings {in_text(asker['name'])} {usd_bn(-best['costs'])} a year more than the goal alone"
    return Statement(
        lead,
        f"{settled(best['options']) or 'nothing else'}. {cost}; with the goal it stands "
        f"{usd_bn(over[asker['code']]['point'], sign=True)} {span(over[asker['code']])} over no deal, "
        f"{in_text(other['name'])} {usd_bn(over[other['code']]['point'], sign=True)} {span(over[other['code']])}"
        + (f"; ratified with a chance of {share(best['ratified']['point'])}." if contents.get("ratification") else "."),
    )


def packages(contents: Contents) -> str:
    """What all packages hold, and what their columns and ranges mean."""
    found = contents.get("packages", [])
    if not found:
        return ""
    common = in_all(found)
    held = f"All hold {settled(contents.get('goals', {}))}"
    held += f"; {settled(common)}." if common else "."
    return (
        f"{held} Costs and gains of concessions are counted beyond the goal alone; ranges are over what governments "
        "may weigh. Of packages that are nearly alike, the cheapest stands here."
    )


def concession(contents: Contents) -> Statement | None:
    """The concession that costs least for what it gives; None where no option is one."""
    found = [one for one in contents.get("exchange", []) if one["kind"] == "concession" and one["price"]]
    if not found:
        return None
    asker, other = contents["parties"][:2]
    told = [f"{named(one)} at {_price(one)}" for one in found[:3]]
    free = [named(one) for one in contents.get("exchange", []) if one["kind"] == "free"]
    text = f"{', '.join(told)} lost by {in_text(asker['name'])} for each US$ gained by {in_text(other['name'])}."
    if free:
        text += f" No loss to either: {', '.join(free)}."
    if any(GUESS in one for one in (*told, *free)):
        text += f" {GUESS} asked or assumed."
    return Statement("Cheapest concessions", text)


def _price(one: Exchange) -> str:
    price = one["price"]
    if price is None:
        return ""
    high = "∞" if price["high"] is None else amount(price["high"])
    return f"US${SPACE}{amount(price['point'])} ({amount(price['low'])}{SPACE}to{SPACE}{high})"


def exchange(contents: Contents) -> str:
    """How to read the exchange picture and table."""
    asker, other = (in_text(party["name"]) for party in contents["parties"][:2])
    text = (
        f"Price: what {asker} gives up for each US$ that {other} gains, all else as today; ranges cover other "
        "elasticities and what the judgements may be."
    )
    if contents["solutions"]:
        deal = capital(contents["solutions"][0]["label"])
        text += f" “At {deal}” is the price of the same change once the {deal} deal is made; “in it” where it holds it."
    if any(one["elicited"] for one in contents.get("exchange", [])):
        text += f" {GUESS} rests on figures that were asked or assumed."
    return text


def searched(contents: Contents) -> str:
    """How offers were found."""
    found = contents.get("searched")
    if not found or not found["screening"]:
        return ""
    names = {party["code"]: party["name"] for party in contents["parties"]}
    error = found["screening"]
    off = ", ".join(f"{amount(value)} for {in_text(names[p])}" for p, value in error["largest"].items())
    middle = ", ".join(amount(value) for value in error["typical"].values())
    text = (
        f"Searched: {found['on_the_table']:,} offers on the table, {found['solved']:,} solved in full; screening errs "
        f"by at most US${SPACE}{off} bn a year (median {middle}) where it was checked."
    )
    return f"{text} The screen’s own frontier has {error['frontier']:,} offers; the most promising were solved."


def difference(contents: Contents) -> str:
    """Whether the solutions differ, and which assumption moves them most."""
    groups = same_deals(contents["solutions"])
    if not groups:
        return ""
    asker, other = contents["parties"][:2]
    against = measured_against(contents)
    if len(groups) == 1:
        text = "All four rules pick one deal."
    else:
        ends = [
            sorted(group[0]["against"][against][party["code"]]["point"] for group in groups) for party in (asker, other)
        ]
        ours, theirs = (f"{amount(end[0])} to {amount(end[-1])}" for end in ends)
        text = (
            f"The rules pick {len(groups)} deals: {in_text(asker['name'])} gains {ours}, {in_text(other['name'])} "
            f"{theirs} US${SPACE}bn a year."
        )
    if found := contents.get("sensitivities"):
        text += f" What moves them most: {_moved(found[0], contents)}"
        text += "".join(f"; then {one['assumption']}" for one in found[1:2]) + "."
    return text


def _moved(one: Sensitivity, contents: Contents) -> str:
    first = contents["solutions"][0]
    told = []
    for end in one["ends"]:
        if first["name"] not in end["deals"]:
            told.append(f"at {end['value']} there is no zone")
        elif end["changes"]:
            told.append(f"at {end['value']} the {capital(first['label'])} deal has {settled(end['changes'])}")
        else:
            told.append(f"at {end['value']} it stays")
    return f"{one['assumption']} (taken as {one['value']}; {', '.join(told)})"


def stopping(contents: Contents) -> str:
    """Who may stop the first deal at home."""
    if not contents["solutions"]:
        return ""
    deal = contents["solutions"][0]
    likely = deal.get("blockers", [])[:3]
    if not likely:
        return ""
    told = "; ".join(
        f"{one['what']} ({one['party']}) {share(one['chance']['point'])} {whole_range(one['chance'])}" for one in likely
    )
    return f"Who may stop the {capital(deal['label'])} deal at home, with what chance: {told}."


def lines(found: Sequence[RedLine]) -> str:
    """Public statements that a deal goes back on."""
    return "; ".join(
        f"{one['what']} ({one['party']}, {day(one['stated'])}; costs {amount(one['cost']['point'])} "
        f"{span(one['cost'])} [{number(one['source_index'])}])"
        for one in found
    )


def off_the_table(contents: Contents) -> str:
    """What has been withdrawn."""
    told = [
        f"{one['issue']}{': ' + ', '.join(one['options']) if one['options'] else ''} ({one['what']}, "
        f"{day(one['on'])} [{number(one['source_index'])}])"
        for one in contents.get("off_the_table", [])
    ]
    return f"Off the table: {'; '.join(told)}." if told else ""


def standings(contents: Contents) -> str:
    """How the statutes stand that threats rest on; those in dispute first."""
    found = contents.get("standings", [])
    order = {"void": 0, "contested": 1, "limited": 2, "settled": 3}
    told = (
        f"{one['statute'].split(' (')[0]}: {one['words'].rstrip('.')} [{number(one['source_index'])}]"
        for one in sorted(found, key=lambda one: order.get(one["kind"], 4))
    )
    return " ".join(f"{text}." for text in told)


def signed(contents: Contents) -> str:
    """What the signed text settles, whether it passes at home, and what would be better for all."""
    deal = contents.get("signed")
    if not deal:
        return ""
    names = {party["code"]: party["name"] for party in contents["parties"]}
    text = f"{capital(deal['what'])}, {day(deal['on'])} [{number(deal['source_index'])}]: {settled(deal['options'])}. "
    if contents.get("ratification"):
        text += f"Chance to be ratified {share(deal['ratified']['point'])} {whole_range(deal['ratified'])}. "
    if deal["crossed"]:
        text += f"It goes back on: {lines(deal['crossed'])}. "
    if best := deal["best"]:
        gains = ", ".join(f"{names[p]} {amount(value, sign=True)}" for p, value in best["gains"].items())
        count = deal["improvements"]
        text += (
            f"{count:,} solved offer{'s are' if count > 1 else ' is'} better for both, such as "
            f"{settled(best['changes'])} ({gains})."
        )
    else:
        text += "No solved offer is better for both."
    return text


def tree(contents: Contents) -> str:
    """What the tree's columns mean."""
    found = contents["no_deal"].get("tree")
    if not found:
        return ""
    source = "" if found["source_index"] is None else f" [{number(found['source_index'])}]"
    return (
        f"Time: share of the days to {day(found['until'])}, discounted by {percent(100 * found['discount'])} a year"
        f"{source}. Chances are judgements with ranges. A government counts welfare, what it is assumed to weigh "
        "and what its public words cost."
    )


def answers(contents: Contents) -> list[Statement]:
    """What the brief answers, in the order a minister asks: no deal, the zone, the goal, concessions, the deal."""
    asked = (zone(contents) or sentences.zone(contents), cheapest(contents), concession(contents))
    return [sentences.no_deal(contents), *(one for one in asked if one is not None), *sentences.deal(contents)]


def home(contents: Contents, most: int = 3) -> list[Statement]:
    """Who loses and gains at home under the first deal, a statement a party."""
    names = {party["code"]: party["name"] for party in contents["parties"]}
    first = contents["solutions"][0]["name"] if contents["solutions"] else None
    found = []
    for effects in contents["losers"]:
        if effects["deal"] == first:
            told = []
            for does, changes in (("lose", effects["sectors"]), ("gain", effects["winners"])):
                rows = ", ".join(
                    f"{change['name']} {amount(change['value_added_usd_bn']['point'], sign=True)} "
                    f"{span(change['value_added_usd_bn'])}".rstrip()
                    for change in changes[:most]
                )
                told += [f"{does} {rows}"] if rows else []
            found.append(Statement(names[effects["party"]], f"{'; '.join(told)}."))
    return found


def common(contents: Contents) -> str:
    """What all solutions settle alike."""
    if not (found := in_common(contents)):
        return ""
    many = len(same_deals(contents["solutions"])) > 1
    return f"{'All settle' if many else 'The one deal'}: {settled(found)}."


def third_parties(contents: Contents) -> str:
    """Who else gains and loses, in one sentence."""
    told = [
        f"{other['name']} {amount(other['usd_bn']['point'], sign=True)} {span(other['usd_bn'])}".rstrip()
        for other in contents["third_parties"]
    ]
    return f"Third parties, US$ bn a year: {', '.join(told)}." if told else ""


def published(contents: Contents) -> str:
    """What others have published, beside ours, in one sentence."""
    told = [
        f"{one['author']} {quoted(one['value'], one['unit'])} ({one['shock']}; {one['measure']}) "
        f"[{number(one['source_index'])}]"
        for one in contents["published"]
    ]
    asker = contents["parties"][0]
    points = contents["reference_points"]
    ours = [
        f"{point['label']} {percent(point['values'][asker['code']]['percent']['point'], sign=True)} "
        f"{span(point['values'][asker['code']]['percent'])}"
        for point in points
    ]
    if not told:
        return ""
    return f"{'; '.join(told)}. Ours, real income in the long run: {', '.join(ours)}."
