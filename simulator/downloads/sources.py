"""Where each data set is published, which files are needed, and its licence."""

from collections.abc import Mapping
from dataclasses import dataclass

from fetch import RemoteFile

UCSD = "https://mcauleylab.ucsd.edu/public_datasets/data"
DATAREPO = "https://datarepo.eng.ucsd.edu/mcauley_group/data"
KANG = "https://cseweb.ucsd.edu/~wckang"
GROUPLENS = "https://files.grouplens.org/datasets/movielens"
MEGABYTE, GIGABYTE = 1 << 20, 1 << 30


@dataclass(frozen=True)
class DataFile(RemoteFile):
    """A file of a data set, and what it unpacks to if it is an archive."""

    unpacks_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A published data set; `needs` lists its files in words."""

    needs: str
    page: str
    licence: str
    files: tuple[DataFile, ...] = ()

    @property
    def terms(self) -> str:
        """The publisher's page and the licence, for messages."""
        return f"They are published at {self.page}. {self.licence}" if self.page else self.licence


STEAM = Source(
    needs="steam_reviews.json.gz and steam_games.json.gz",
    page="https://cseweb.ucsd.edu/~jmcauley/datasets.html#steam_data",
    licence=(
        "Steam Video Game and Bundle Data, UCSD: for research; cite Kang and McAuley, "
        "'Self-attentive sequential recommendation' (ICDM 2018). No right to pass it on is stated."
    ),
    files=(
        DataFile(
            "steam_reviews.json.gz",
            (f"{KANG}/steam_reviews.json.gz", f"{UCSD}/steam/steam_reviews.json.gz"),
            4 * GIGABYTE,
        ),
        DataFile(
            "steam_games.json.gz",
            (f"{KANG}/steam_games.json.gz", f"{UCSD}/steam/steam_games.json.gz"),
            100 * MEGABYTE,
        ),
    ),
)
AMAZON_BOOK = Source(
    needs="Books_5.json.gz (or Books.json.gz) and meta_Books.json.gz",
    page="https://nijianmo.github.io/amazon/index.html",
    licence=(
        "Amazon Review Data (2018), UCSD: for research; cite Ni, Li and McAuley, 'Justifying "
        "recommendations using distantly-labeled reviews and fine-grained aspects' (EMNLP 2019). "
        "No right to pass it on is stated."
    ),
    files=(
        DataFile(
            "Books_5.json.gz",
            (
                f"{UCSD}/amazon_v2/categoryFilesSmall/Books_5.json.gz",
                f"{DATAREPO}/amazon_v2/categoryFilesSmall/Books_5.json.gz",
            ),
            30 * GIGABYTE,
        ),
        DataFile(
            "meta_Books.json.gz",
            (
                f"{UCSD}/amazon_v2/metaFiles2/meta_Books.json.gz",
                f"{DATAREPO}/amazon_v2/metaFiles2/meta_Books.json.gz",
            ),
            10 * GIGABYTE,
        ),
    ),
)
MOVIELENS = Source(
    needs="ratings.csv and movies.csv (or ratings.dat and movies.dat, or u.data and u.item)",
    page="https://grouplens.org/datasets/movielens/",
    licence=(
        "MovieLens, GroupLens: for research; no commercial use without permission, passed on only "
        "under the same terms, no endorsement implied; cite Harper and Konstan, 'The MovieLens "
        "Datasets: History and Context' (ACM TiiS 2015)."
    ),
    files=(
        DataFile(
            "ml-latest-small.zip",
            (f"{GROUPLENS}/ml-latest-small.zip",),
            50 * MEGABYTE,
            md5_url=f"{GROUPLENS}/ml-latest-small.zip.md5",
            unpacks_to=("ml-latest-small/ratings.csv", "ml-latest-small/movies.csv"),
        ),
    ),
)
TABLE = Source(
    needs="one .csv or .tsv file with user, item, rating (and perhaps time), "
    "and perhaps items.csv with item, title, genres",
    page="",
    licence="It is your own log, under your own terms.",
)

SOURCES: Mapping[str, Source] = {
    "steam": STEAM,
    "amazon-book": AMAZON_BOOK,
    "movielens": MOVIELENS,
    "csv": TABLE,
}
