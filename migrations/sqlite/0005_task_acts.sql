-- Who did what to tasks, queues and schedules. Outlives the tasks.

CREATE TABLE task_act (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    kost    INTEGER REFERENCES kost (id),     -- whose tasks they saw; none: those of all
    account INTEGER NOT NULL REFERENCES account (id),
    act     TEXT   NOT NULL,
    job     INTEGER,                          -- the task, if it was one
    subject TEXT   NOT NULL,                 -- its type, or the queue's or schedule's name
    n       INTEGER NOT NULL,                 -- how many changed
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX task_act_job ON task_act (job, id) WHERE job IS NOT NULL;
CREATE INDEX task_act_kost ON task_act (kost, id);
