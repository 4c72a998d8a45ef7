"""The clock of a report: how old somebody is, and until when a report about them may stand (Jeugdwet 7.1). Pure."""

from __future__ import annotations

import datetime as dt

#: A report may be about somebody below this age, and ends on that birthday at the latest.
END_AGE = 23
#: A report ends this many years after it was made, at the latest.
LONGEST_YEARS = 2


def years_on(day: dt.date, years: int) -> dt.date:
    """The same day so many years on. 29 February becomes 28 February: a day early keeps to the law, a day late does not."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def end_birthday(birth: dt.date) -> dt.date:
    """The 23rd birthday."""
    return years_on(birth, END_AGE)


def age_on(birth: dt.date, day: dt.date) -> int:
    """Age in whole years."""
    return day.year - birth.year - (day < years_on(birth, day.year - birth.year))


def latest_removal(birth: dt.date, reported: dt.date) -> dt.date:
    """The last date that a report may name as its removal date: two years on, or the 23rd birthday, whichever comes first."""
    return min(years_on(reported, LONGEST_YEARS), end_birthday(birth))
