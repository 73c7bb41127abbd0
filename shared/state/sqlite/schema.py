"""The tables of a state file, version by version."""

APPLICATION_ID = 0x45545249
"""``ETRI``, written into the file's header so that another program's database is never taken for ours."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # Times are whole microseconds since 1970 in UTC; bodies are the JSON of the frozen types in shared/models.
        """CREATE TABLE records (
            partition TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL,
            UNIQUE (partition, key)
        ) STRICT""",
        "CREATE INDEX records_in_order ON records (partition, at, key)",
        "CREATE INDEX records_by_age ON records (at)",
        """CREATE TABLE cases (
            id TEXT NOT NULL PRIMARY KEY, identity_key TEXT NOT NULL, opened_at INTEGER NOT NULL,
            last_signal_at INTEGER NOT NULL, etag INTEGER NOT NULL, body BLOB NOT NULL
        ) STRICT""",
        "CREATE INDEX cases_of_identity ON cases (identity_key, opened_at, id)",
        "CREATE INDEX cases_by_signal ON cases (last_signal_at DESC, id)",
        """CREATE TABLE campaigns (
            id TEXT NOT NULL PRIMARY KEY, first_at INTEGER NOT NULL, body BLOB NOT NULL
        ) STRICT""",
        """CREATE TABLE reports (
            case_id TEXT NOT NULL, version INTEGER NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (case_id, version)
        ) STRICT""",
        """CREATE TABLE deliveries (
            case_id TEXT NOT NULL, destination TEXT NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (case_id, destination)
        ) STRICT""",
        """CREATE TABLE parked (
            id TEXT NOT NULL PRIMARY KEY, at INTEGER NOT NULL, body BLOB NOT NULL
        ) STRICT""",
        # AUTOINCREMENT: a number is never given out twice, so an old receipt cannot fit a newer message.
        # stamped_at: when visible_at was written, by the clock of then (see queues.py on clocks set back).
        """CREATE TABLE messages (
            number INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, body BLOB NOT NULL,
            inserted_at INTEGER NOT NULL, stamped_at INTEGER NOT NULL, visible_at INTEGER NOT NULL,
            dequeue_count INTEGER NOT NULL, receipt INTEGER NOT NULL
        ) STRICT""",
        "CREATE INDEX messages_by_visibility ON messages (queue, visible_at, number)",
        "CREATE INDEX messages_by_stamp ON messages (queue, stamped_at)",
        """CREATE TABLE sent_keys (
            queue TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (queue, key)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE leases (
            name TEXT NOT NULL PRIMARY KEY, holder TEXT NOT NULL, taken_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE budget_uses (
            bucket TEXT NOT NULL, at INTEGER NOT NULL, cost INTEGER NOT NULL
        ) STRICT""",
        "CREATE INDEX budget_uses_in_order ON budget_uses (bucket, at, cost)",
        """CREATE TABLE counters (
            name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE habits (
            identity_key TEXT NOT NULL PRIMARY KEY, body BLOB NOT NULL
        ) STRICT""",
        """CREATE TABLE feedback (
            id TEXT NOT NULL PRIMARY KEY, case_id TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL
        ) STRICT""",
        "CREATE INDEX feedback_of_case ON feedback (case_id, at, id)",
    ),
    (
        """CREATE TABLE documents (
            kind TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, at INTEGER NOT NULL, etag INTEGER NOT NULL,
            body BLOB NOT NULL, PRIMARY KEY (kind, id)
        ) STRICT""",
        "CREATE INDEX documents_by_age ON documents (kind, at)",
    ),
    (
        # Lists of cases read what they show. A body that can't be read stays what it was: an error when it is listed.
        "ALTER TABLE cases ADD COLUMN is_open INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE cases ADD COLUMN campaign_id TEXT NOT NULL DEFAULT ''",
        """UPDATE cases SET
            is_open = ifnull(CAST(body AS TEXT) ->> 'status' = 'open'
                OR CAST(body AS TEXT) ->> 'revision' > CAST(body AS TEXT) ->> 'triaged_revision', 1),
            campaign_id = ifnull(CAST(body AS TEXT) ->> 'campaign_id', '')
            WHERE json_valid(CAST(body AS TEXT))""",
        "CREATE INDEX cases_open ON cases (last_signal_at DESC, id) WHERE is_open",
        "CREATE INDEX cases_of_campaign ON cases (campaign_id, last_signal_at DESC, id) WHERE campaign_id <> ''",
    ),
)
"""Statements that lead from each version to the next. Released ones never change: append, and old files follow."""

SCHEMA_VERSION = len(MIGRATIONS)
