"""What the manifest names, looked up without reading all of it again: files, deliveries, memberships, originals.

Belongs here: finding by name. Does not: which delivery counts (state.py) or opening any file (known_content.py).
"""

from collections import defaultdict

from pipelines.landing.manifest import Entry, Manifest


class LedgerIndex:
    """Follows a manifest: every question first takes in the entries appended since the last one."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest, self._taken = manifest, 0
        self._files: dict[str, dict[str, None]] = defaultdict(dict)  # "<source>/<entity>/<part>" -> file names, in order of commit
        self._deliveries: dict[str, Entry] = {}
        self._memberships: set[str] = set()
        self._told: dict[tuple[str, str], list[Entry]] = defaultdict(list)  # (source, original's name) -> deliveries and refusals
        self._mapping: dict[str, Entry] = {}  # source -> its latest mapping entry
        self._originals: set[str] = set()
        self._erasures: dict[tuple[str, str], int] = defaultdict(int)

    def followed(self) -> "LedgerIndex":
        entries = self.manifest.entries()
        for entry in entries[self._taken :]:
            getattr(self, f"_take_{entry['kind']}", lambda entry: None)(entry)
        self._taken = len(entries)
        return self

    def _take_delivery(self, entry: Entry) -> None:
        self._deliveries[entry["delivery_id"]] = entry
        for part in entry["entities"]:
            base = f"{entry['source']}/{part['entity']}"
            self._memberships.add(part["membership_id"])
            self._files[f"{base}/content"].update(dict.fromkeys(part["content_files"]))
            self._files[f"{base}/membership"][part["membership_file"]] = None
            if part["problem_file"]:
                self._files[f"{base}/problem"][part["problem_file"]] = None
        if entry["original"]:
            self._take_original(entry)

    def _take_refused_file(self, entry: Entry) -> None:
        self._take_original(entry)

    def _take_original(self, entry: Entry) -> None:
        self._originals.add(entry["original"]["sha256"])
        self._told[entry["source"], entry["original"]["name"]].append(entry)

    def _take_mapping(self, entry: Entry) -> None:
        self._originals.add(entry["sha256"])
        self._mapping[entry["source"]] = entry

    def _take_compact(self, entry: Entry) -> None:
        files = self._files[f"{entry['source']}/{entry['entity']}/content"]
        for name in entry["replaces"]:
            files.pop(name, None)
        files[entry["file"]] = None

    def _take_erase(self, entry: Entry) -> None:
        self._erasures[entry["source"], entry["entity"]] += 1

    def files(self, source: str, entity: str, part: str) -> list[str]:
        """Names of the committed files of a part: content, membership or problem."""
        return list(self.followed()._files[f"{source}/{entity}/{part}"])

    def all_files(self) -> set[str]:
        """Paths below landing/ of every committed Parquet file."""
        return {f"{base}/{name}" for base, names in self.followed()._files.items() for name in names}

    def entities(self) -> list[tuple[str, str]]:
        """(source, entity) of everything that ever landed."""
        return sorted({(base.split("/")[0], base.split("/")[1]) for base in self.followed()._files})

    def delivery(self, delivery_id: str) -> Entry | None:
        return self.followed()._deliveries.get(delivery_id)

    def has_membership(self, membership_id: str) -> bool:
        return membership_id in self.followed()._memberships

    def told_of(self, source: str, name: str) -> list[Entry]:
        """Deliveries and refusals of an original's name, in order."""
        return self.followed()._told.get((source, name), [])

    def latest_mapping(self, source: str) -> Entry | None:
        return self.followed()._mapping.get(source)

    def originals(self) -> set[str]:
        """SHA-256 of every original and mapping text that an entry names."""
        return self.followed()._originals

    def erasures(self, source: str, entity: str) -> int:
        """How many records of an entity were erased: after one, files that lay there have changed."""
        return self.followed()._erasures[source, entity]
