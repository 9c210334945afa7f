use db::{Clock, Db, Migration, query};

db::id! { /// A kost.
pub struct KostId; }
db::text_enum! { /// How it stands.
#[derive(Default)] pub enum Status { #[default] Open = "open", Done = "done" } }
db::row! { /// A kost.
    #[derive(Debug, Clone, PartialEq)] pub struct Kost { pub id: KostId, pub name: String, pub address: Option<String>, pub status: Status } }

const M: &[Migration] = &[Migration {
    name: "0001",
    sqlite: "CREATE TABLE kost (id INTEGER PRIMARY KEY, name TEXT NOT NULL, address TEXT, status TEXT NOT NULL) STRICT;
             CREATE UNIQUE INDEX kost_name_key ON kost (name);",
    postgres: "",
}];

fn assert_send<T: Send>(t: T) -> T { t }

async fn both(on: impl Into<db::On<'_>>) -> db::Result<usize> {
    let mut on = on.into();
    let a: Vec<Kost> = query("SELECT * FROM kost").all(&mut on).await?;
    let b = query("SELECT * FROM kost").all::<Kost>(&mut on).await?;
    Ok(a.len() + b.len())
}

#[tokio::test]
async fn smoke() {
    let dir = std::env::temp_dir().join(format!("dbsmoke{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let db = Db::open(&format!("sqlite:{}/a.db", dir.display()), Clock::system()).unwrap();
    db.migrate(M).await.unwrap();
    let db2 = db.clone();
    let mut notices = db.notices();
    assert_send(async move {
        let mut tx = db2.begin().await.unwrap();
        let (id,): (KostId,) = query("INSERT INTO kost (name, status) VALUES ($2, $1) RETURNING id")
            .bind(Status::Done).bind("Melati").one(&mut tx).await.unwrap();
        assert_eq!(query("UPDATE kost SET address = $1 WHERE id = $2").bind("Jl.").bind(id).run(&mut tx).await.unwrap(), 1);
        assert_eq!(both(&mut tx).await.unwrap(), 2);
        assert_eq!(both(&db2).await.unwrap(), 0);
        tx.notify("a", "b");
        tx.commit().await.unwrap();
    }).await;
    assert_eq!(notices.recv().await.unwrap().payload, "b");
    let k = query("SELECT address, name, id, status FROM kost WHERE id IN ").push_list([1_i64, 2]).one::<Kost>(&db).await.unwrap();
    assert_eq!(k, Kost { id: KostId(1), name: "Melati".into(), address: Some("Jl.".into()), status: Status::Done });
    let mut tx = db.begin().await.unwrap();
    let e = query("INSERT INTO kost (name, status) VALUES ('Melati', 'x')").run(&mut tx).await.unwrap_err();
    assert_eq!(e.constraint(), Some("kost_name_key"));
    drop(tx);
    db.ping().await.unwrap();
    db.close().await;
    assert!(db.ping().await.unwrap_err().is_unavailable());
    assert_eq!(serde_json::to_string(&(KostId(3), Status::Done)).unwrap(), "[3,\"done\"]");
    let (a, b): (KostId, Status) = serde_json::from_str("[3,\"done\"]").unwrap();
    assert_eq!((a, b), (KostId(3), Status::Done));
    std::fs::remove_dir_all(dir).unwrap();
}
