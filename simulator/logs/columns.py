"""The columns of tables of ratings and of items, known by their usual names."""

from collections.abc import Mapping, Sequence

Synonyms = Mapping[str, tuple[str, ...]]

ITEM = ("item", "itemid", "iid", "movie", "movieid", "product", "productid", "asin", "book",
        "bookid", "isbn", "game", "gameid", "appid", "track", "trackid", "artistid")  # fmt: skip
OF_A_LOG: Synonyms = {
    "user": ("user", "userid", "uid", "username", "reviewerid", "customer", "customerid"),
    "item": ITEM,
    "rating": ("rating", "ratings", "score", "stars", "overall", "value"),
    "time": ("time", "timestamp", "datetime", "date", "ts", "unixreviewtime"),
}
OF_AN_ITEM: Synonyms = {
    "item": (*ITEM, "id"),
    "title": ("title", "itemname", "name", "itemtitle"),
    "genres": ("genres", "genre", "categories", "category", "tags"),
}


def match_columns(found: Sequence[str], synonyms: Synonyms) -> dict[str, int]:
    """The place of each known column; `User_ID` and `userId` are alike."""
    # what follows a colon is the type that RecBole writes
    parts = [name.partition(":")[0].lower() for name in found]
    names = ["".join(filter(str.isalnum, part)) for part in parts]
    return {
        column: next(names.index(known) for known in accepted if known in names)
        for column, accepted in synonyms.items()
        if any(known in names for known in accepted)
    }
