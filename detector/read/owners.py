"""Hosts into the domains that somebody registered: those of one owner count as one."""

from __future__ import annotations

from collections.abc import Iterable


def owners_of(hosts: Iterable[str | None]) -> dict[str | None, str | None]:
    """The registrable domain of each distinct host, by the Public Suffix List; a host without one stands for itself.

    >>> owners_of(["sports.paper.com.cn", "anna.github.io"])
    {'sports.paper.com.cn': 'paper.com.cn', 'anna.github.io': 'anna.github.io'}
    """
    distinct = dict.fromkeys(hosts)
    if not any(distinct):
        return dict(distinct)
    from publicsuffixlist import PublicSuffixList  # reads its list: 40 ms that a run without hosts does not pay

    suffixes = PublicSuffixList()
    return {host: host if not host or _is_address(host) else suffixes.privatesuffix(host) or host for host in distinct}


def _is_address(host: str) -> bool:
    """Whether this is an IP address: its last part is a number, or it has colons."""
    return ":" in host or host.rpartition(".")[2].isdigit()
