"""Plain words for exercises of form: lists by kind, and words to copy, repeat and spell."""

from __future__ import annotations

LISTS: dict[str, tuple[str, ...]] = {
    "animals": (
        "dog", "cat", "horse", "cow", "sheep", "goat", "lion", "bear", "wolf", "fox", "mouse", "duck",
    ),
    "colours": ("red", "blue", "green", "white", "black", "yellow", "brown", "grey", "orange", "purple"),
    "metals": ("gold", "silver", "copper", "iron", "lead", "tin", "zinc", "nickel"),
    "crops": ("wheat", "rice", "corn", "cotton", "sugar", "coffee", "tobacco", "barley", "tea"),
    "continents": ("Africa", "Asia", "Europe", "North America", "South America", "Australia", "Antarctica"),
    "days of the week": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "months": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ),
    "countries": ("France", "Spain", "Italy", "Germany", "China", "India", "Japan", "Brazil", "Egypt"),
    "parts of the body": ("head", "hand", "foot", "eye", "ear", "nose", "mouth", "heart", "arm", "leg"),
    "forms of water": ("rain", "snow", "ice", "river", "lake", "sea", "ocean", "cloud"),
}  # fmt: skip

_PLAIN = """
    river house peace law war people nation state power king queen lord heart hand head love life
    death time day night year world land sea water fire air earth gold silver iron coal oil wheat
    corn rice cotton sugar coffee trade money bank tax debt army navy ship port road rail school
    church court judge union treaty right duty honor faith hope truth justice freedom liberty order
    rule work labor farm field forest mountain island valley desert city town capital border coast
    bridge street door window table chair bed book paper letter word name voice song play stage
    crown sword shield horse dog cat bird fish lion bear wolf tree flower rose fruit apple bread
    wine milk salt meat stone wood glass silk wool steel engine machine wheel clock light star moon
    sun sky cloud rain snow wind storm summer winter spring morning evening hour minute child mother
    father brother sister son daughter friend enemy servant master soldier sailor farmer doctor
    teacher student brave bright broad calm clear cold common dark deep early fair fast fine firm
    free fresh full good grand great green happy hard heavy high holy just kind large late long low
    new noble old open plain poor proud public pure quick quiet ready rich round safe sharp short
    simple small soft strong sweet tall true warm weak wide wild wise young
"""

WORDS: tuple[str, ...] = tuple(_PLAIN.split())
