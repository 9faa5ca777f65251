"""Stores by their place: a folder, or an address of Milvus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from indexers.encoder import Device
from indexers.milvus.address import folder_needed, is_milvus, milvus_address

if TYPE_CHECKING:
    from indexers.record_store import RecordStore
    from indexers.store import Store


def open_store(place: Path, device: Device = "cpu") -> RecordStore:
    """Open a store for reading.

    Args:
        place: Its folder, or its address (indexers.milvus.address).
        device: Where the vectors of a folder are searched.

    Raises:
        StoreError: There is no store, it is damaged, or a package for Milvus is missing.
    """
    if is_milvus(place):
        from indexers.milvus.store import MilvusStore

        return MilvusStore.open(place)
    from indexers.store import Store

    return Store.open(place, device)


def folder_store(store: RecordStore) -> Store:
    """The store as one in a folder, for Boolean search and what is built on it.

    Raises:
        StoreError: It is in Milvus.
    """
    from indexers.store import Store

    if not isinstance(store, Store):
        raise folder_needed(store.name)
    return store


def absolute_place(place: Path) -> Path:
    """The same place, whatever folder a program is started in.

    Raises:
        StoreError: It is an address of Milvus that is not of one of the forms.
    """
    if not is_milvus(place):
        return place.resolve()
    address = milvus_address(place)
    if address.engine == "milvus":
        return Path(address.text)
    return Path(f"milvus-lite:{Path(address.uri).resolve().as_posix()}")


def place_name(place: Path) -> str:
    """How a place is written: an address with both of its slashes.

    Raises:
        StoreError: It is an address of Milvus that is not of one of the forms.
    """
    return milvus_address(place).text if is_milvus(place) else str(place)
