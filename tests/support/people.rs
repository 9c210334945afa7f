//! People and kosts, made through the domain's own verbs.

use db::query;
use kostticket::accounts::{self, AccountId, NewAccount, session};
use kostticket::kosts::{self, KostId, Role, Timezone};
use kostticket::tickets::TicketNumber;
use kostticket::words::Language;
use tokio::sync::OnceCell;

use super::{Answer, Call, TestApp};

/// The password of everybody in the tests.
pub const PASSWORD: &str = "kursi biru hujan";

/// [`PASSWORD`], hashed once for all tests: hashing is slow, as it has to be.
static HASH: OnceCell<String> = OnceCell::const_new();

/// One boarding house.
pub struct Kost {
    pub id: KostId,
    pub slug: String,
}

impl Kost {
    /// An address within it; `rest` begins with a slash, or is empty.
    pub fn path(&self, rest: &str) -> String {
        format!("/k/{}{rest}", self.slug)
    }
}

/// Somebody with an account, logged in on one device.
pub struct Person<'a> {
    app: &'a TestApp,
    pub id: AccountId,
    pub username: String,
    pub cookie: String,
}

impl TestApp {
    /// A kost with rooms 01 to 12, a kitchen, and nobody in it.
    pub async fn kost(&self, name: &str) -> Kost {
        let mut tx = self.app.db.begin().await.unwrap();
        let id = kosts::store::create(&mut tx, name, Timezone::Wib, 12).await.unwrap();
        kosts::store::add_location(&mut tx, id, kosts::LocationKind::Shared, "Dapur")
            .await
            .unwrap();
        let kost = kosts::store::get(&mut tx, id).await.unwrap();
        tx.commit().await.unwrap();
        Kost { id, slug: kost.slug }
    }

    /// Somebody without a kost; the name is made of the username. The password
    /// is [`PASSWORD`], the verified address `<username>@example.com`.
    pub async fn person(&self, username: &str) -> Person<'_> {
        let new = NewAccount {
            username: username.to_owned(),
            name: format!("{}{}", username[..1].to_uppercase(), &username[1..]),
            email: None,
            phone: None,
            password: PASSWORD.to_owned(),
            language: Language::Id,
        };
        let hash = HASH
            .get_or_init(|| async { self.app.passwords.hash(PASSWORD.to_owned()).await.unwrap() })
            .await;
        let mut tx = self.app.db.begin().await.unwrap();
        let id = accounts::store::insert(&mut tx, &new, hash, false).await.unwrap();
        accounts::store::verify_email(&mut tx, id, &format!("{username}@example.com"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Person { app: self, id, username: username.to_owned(), cookie: self.session(id).await }
    }

    /// Logs somebody in on one more device, and gives its cookie.
    pub async fn session(&self, id: AccountId) -> String {
        let (parts, ()) = http::Request::new(()).into_parts();
        let mut tx = self.app.db.begin().await.unwrap();
        let cookie = session::start(&mut tx, &self.app, &parts, id, true).await.unwrap();
        tx.commit().await.unwrap();
        cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
    }

    /// Somebody who belongs to a kost; residents get the room `01`.
    pub async fn member(&self, username: &str, kost: &Kost, role: Role) -> Person<'_> {
        let room = (role == Role::Resident).then_some("01");
        self.member_in(username, kost, role, room).await
    }

    /// Somebody who belongs to a kost, in this room.
    pub async fn member_in(
        &self,
        username: &str,
        kost: &Kost,
        role: Role,
        room: Option<&str>,
    ) -> Person<'_> {
        let person = self.person(username).await;
        let location = match room {
            Some(room) => Some(self.location(kost, room).await),
            None => None,
        };
        let mut tx = self.app.db.begin().await.unwrap();
        kosts::join(&mut tx, person.id, kost.id, role, location).await.unwrap();
        tx.commit().await.unwrap();
        person
    }

    /// Somebody who runs the installation.
    pub async fn admin(&self, username: &str) -> Person<'_> {
        let person = self.person(username).await;
        let mut tx = self.app.db.begin().await.unwrap();
        query("UPDATE account SET is_admin = $2 WHERE id = $1")
            .bind(person.id)
            .bind(true)
            .run(&mut tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        person
    }

    /// The location of this name.
    pub async fn location(&self, kost: &Kost, name: &str) -> kosts::LocationId {
        let locations = kosts::store::locations(&self.app.db, kost.id).await.unwrap();
        locations.into_iter().find(|location| location.name == name).unwrap().id
    }
}

impl Person<'_> {
    /// What they are in a kost now.
    pub async fn role_in(&self, kost: KostId) -> Option<Role> {
        let person = kosts::store::person(&self.app.app.db, kost, self.id).await.unwrap();
        person.map(|person| person.role)
    }

    /// Asks for a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send().await
    }

    /// Posts a form.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.request("POST", path).form(fields).send().await
    }

    /// A request to be filled in, from this person's device.
    pub fn request(&self, method: &str, path: &str) -> Call {
        self.app.request(method, path).cookie(&self.cookie)
    }

    /// Reports a problem in a room and says the ticket's number.
    pub async fn report(&self, kost: &Kost, title: &str, room: &str) -> TicketNumber {
        let location = self.app.location(kost, room).await.to_string();
        let submission = format!("{title}-{room}");
        let fields = [
            ("title", title),
            ("category", "water"),
            ("location", &location),
            ("submission", &submission),
        ];
        let answer = self.post(&kost.path("/tickets"), &fields).await;
        let number = answer.location().rsplit('/').next().unwrap().to_owned();
        number.parse().unwrap()
    }
}
