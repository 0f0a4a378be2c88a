"""What is known of one mail provider: its servers, its habits, its limits, and how it lets us in."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailagent.core.model.company import Table, Zone

#: The ways to a token; see ``Provider``.
Flow = Literal["browser", "device", "application", "service_account"]


class Provider(Table):
    """``providers.toml [<name>]``: the hosts and habits of one mail provider, and how it lets us in (STANDARDS §5.6, §6.5).

    Attributes:
        auth: password; a code that stands in its place (authorisation_code); or a token (oauth2).
        code_days: an authorisation code ends after about so many days; 0: it does not.
        needs_id: opens no folder for a client that did not say its name (RFC 2971).
        idle, poll_seconds: false where IDLE is missing or loses mail; then the mailbox is asked so often, seconds.
        oauth_flows: the ways to a token that it offers, the best one first. browser: a person agrees in his browser on this computer;
            device: he types a code on another one; application: the company's administrator agreed once for the app;
            service_account: a Google key that may act for the company's people.
        oauth_authorise_url, oauth_token_url, oauth_device_url: its addresses; ``{tenant}`` stands for ``oauth_tenant``.
        oauth_tenant: whose directory, where the mailbox does not say it.
        oauth_scopes, oauth_app_scopes: what we ask for, in the name of a person or of the app.
        oauth_parameters: what its page of consent wants to be told beside.
        oauth_redirect_host: under which name this computer is registered there: 127.0.0.1 or localhost.
        oauth_needs_secret: even an app on somebody's desk has a secret.
        spf_includes: what the SPF record of a domain that sends through it includes.
        dkim_selectors: under which it usually publishes the keys of its customers' domains.
        authserv_ids: names under which its servers write Authentication-Results (RFC 8601); "*" stands for anything.
        report_domains: from which its servers report what came back, beside the domains of its hosts.
        inside_mark: a header field, and its value, that only its own servers write and that they take away from what comes in.
        unverified: names of settings of this row that no page of the provider confirms; the doctor says so.
        per_minute, per_hour, per_day: letters and notices that we allow ourselves in a rolling window: half of what is published.
        published: what the provider itself says it allows: per_minute, per_hour, per_day; nothing where it says nothing.
        time_zone: by which clock its days begin, where it counts by days; "": the company's.
        login_days: a login that rests for so many days ends; 0: unknown.
    """

    title: str
    auth: Literal["password", "authorisation_code", "oauth2"] = "password"
    code_days: int = Field(0, ge=0)
    needs_id: bool = False
    idle: bool = True
    poll_seconds: int = Field(300, ge=1, le=3600)
    oauth_flows: tuple[Flow, ...] = ()
    oauth_authorise_url: str = ""
    oauth_token_url: str = ""
    oauth_device_url: str = ""
    oauth_tenant: str = ""
    oauth_scopes: tuple[str, ...] = ()
    oauth_app_scopes: tuple[str, ...] = ()
    oauth_parameters: dict[str, str] = Field(default_factory=dict)
    oauth_redirect_host: Literal["127.0.0.1", "localhost"] = "127.0.0.1"
    oauth_needs_secret: bool = False
    login_days: int = Field(0, ge=0)
    authserv_ids: tuple[str, ...] = ()
    report_domains: tuple[str, ...] = ()
    inside_mark: dict[str, str] = Field(default_factory=dict)
    unverified: tuple[str, ...] = ()
    spf_includes: tuple[str, ...] = ()
    dkim_selectors: tuple[str, ...] = ()
    imap_host: str = ""
    imap_port: int = 993
    imap_security: Literal["tls", "starttls", "none"] = "tls"
    smtp_host: str = ""
    smtp_port: int = 465
    smtp_security: Literal["tls", "starttls", "none"] = "tls"
    files_sent_itself: bool = False
    per_minute: int = Field(5, ge=1)
    per_hour: int = Field(50, ge=1)
    per_day: int = Field(200, ge=1)
    published: dict[Literal["per_minute", "per_hour", "per_day"], int] = Field(default_factory=dict)
    time_zone: Zone | Literal[""] = ""
    hint: dict[str, str] = Field(default_factory=dict)
