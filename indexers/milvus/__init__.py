"""Stores in Milvus: the same records, vectors and words as a folder holds, behind a server."""
