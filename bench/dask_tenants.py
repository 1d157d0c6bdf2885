"""What it costs to share tenants out with Dask: `python bench/dask_tenants.py [TENANTS] [WORKERS] [SHARDS]`.

It needs `pip install distributed`, which `make setup` does not install. The policy is that of `projects/branches`, with
a table of made-up tenants (10,000 by default). Measured is `recpol.compile_tenants` of all of them in one process, and
in shards by workers of Dask that send all documents back; both give the same documents, or the benchmark stops.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from distributed import Client, LocalCluster  # type: ignore[import-not-found]  # it is not installed here

import recpol
from tenants import PROJECT, table

Documents = dict[str, Mapping[str, bytes]]


def compiled(policy: str, shard: str | None) -> tuple[Documents, float]:
    """The documents of the tenants of a shard, or of all, and the processor time that they took."""
    begin = time.process_time()
    done = recpol.compile_tenants(Path(policy), shard=shard)
    if not done.ok:
        raise SystemExit("a tenant has an error: it would be done early, and seem fast")
    return {tenant: result.files for tenant, result in done.results.items()}, time.process_time() - begin


def main(count: int, workers: int, shards: int) -> None:
    """Print how long one process and the workers take."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "branches"
        shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("build"))
        (project / "tenants.csv").write_text(table(count), "utf-8")
        policy = str(project / "branch.recpol")
        print(f"{count:,} tenants, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
        begin = time.perf_counter()
        whole, cpu = compiled(policy, None)
        taken = time.perf_counter() - begin
        print(f"one process             {taken:7.1f} s wall  {cpu:7.1f} s cpu  {cpu / count * 1000:6.2f} ms each")
        cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
        with cluster, Client(cluster) as client:
            client.run(compiled, policy, "1/1000")  # what workers load is loaded
            begin = time.perf_counter()
            names = [f"{number}/{shards}" for number in range(1, shards + 1)]
            each = client.gather(client.map(compiled, [policy] * shards, names))
            taken = time.perf_counter() - begin
        cpu = sum(spent for _, spent in each)
        said = f"{workers} workers, {shards} shards"
        print(f"{said:<24}{taken:7.1f} s wall  {cpu:7.1f} s cpu  {cpu / count * 1000:6.2f} ms each")
        together = {tenant: files for found, _ in each for tenant, files in found.items()}
        if together != whole or sum(len(found) for found, _ in each) != count:
            raise SystemExit("the shards are not the whole")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(*numbers, *(10_000, 2, 16)[len(numbers) :])
