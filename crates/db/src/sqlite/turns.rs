//! Whose turn it is at the writer.
//!
//! People come before background work, which has its turn when nobody else wants
//! one, or when it waited for [`PATIENCE`]. While a group is open, whoever came
//! before its closer may still join, and where there is no person in it yet, those
//! who come until the first one joins.

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

/// How long background work lets others go first.
const PATIENCE: Duration = Duration::from_millis(100);

/// How many share a group: the first one does not wait for too many others.
const MOST: usize = 256;

/// Who wants a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Person,
    Background,
    /// Closes the group that is open.
    Closer,
}

/// Something that one at a time may use.
pub(super) struct Turns<T>(Arc<Mutex<Queue<T>>>);

/// The right to use it, until it is dropped.
pub(super) struct Turn<T> {
    /// `None` only once it is handed on.
    thing: Option<Box<T>>,
    turns: Turns<T>,
}

struct Queue<T> {
    /// While nobody uses it.
    idle: Option<Box<T>>,
    people: VecDeque<Waiter<T>>,
    background: VecDeque<Waiter<T>>,
    closers: VecDeque<Waiter<T>>,
    /// How many ever waited.
    arrivals: u64,
    group: Option<Open>,
}

struct Waiter<T> {
    arrival: u64,
    since: Instant,
    turn: oneshot::Sender<Turn<T>>,
}

/// A group that others may join.
struct Open {
    members: usize,
    has_people: bool,
}

impl<T> Turns<T> {
    pub(super) fn new(thing: T) -> Self {
        Self(Arc::new(Mutex::new(Queue {
            idle: Some(Box::new(thing)),
            people: VecDeque::new(),
            background: VecDeque::new(),
            closers: VecDeque::new(),
            arrivals: 0,
            group: None,
        })))
    }

    /// Waits for a turn. Given up, it is somebody else's.
    pub(super) async fn wait(&self, who: Who) -> Turn<T> {
        match self.line_up(who).await {
            Ok(turn) => turn,
            // We hold the queue in which its sender stands.
            Err(_) => std::future::pending().await,
        }
    }

    /// The same on a thread of one's own. `None` only where [`Turns::wait`] waits for ever.
    pub(super) fn wait_here(&self, who: Who) -> Option<Turn<T>> {
        self.line_up(who).blocking_recv().ok()
    }

    fn line_up(&self, who: Who) -> oneshot::Receiver<Turn<T>> {
        let (turn, receiver) = oneshot::channel();
        let mut queue = self.queue();
        let waiter = Waiter { arrival: queue.arrivals, since: Instant::now(), turn };
        queue.arrivals += 1;
        queue.of(who).push_back(waiter);
        if let Some(thing) = queue.idle.take() {
            self.hand_on(&mut queue, thing);
        }
        receiver
    }

    /// Gives it to whoever is next.
    fn hand_on(&self, queue: &mut Queue<T>, mut thing: Box<T>) {
        while let Some(who) = queue.next()
            && let Some(waiter) = queue.of(who).pop_front()
        {
            let turn = Turn { thing: Some(thing), turns: self.clone() };
            match waiter.turn.send(turn) {
                Ok(()) => return queue.joined(who),
                // It was given up.
                Err(mut turn) => match turn.thing.take() {
                    Some(returned) => thing = returned,
                    None => return,
                },
            }
        }
        queue.idle = Some(thing);
    }

    fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        // Nothing that panics is done while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Turns<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Turn<T> {
    /// From here on whoever waits may join, before the closer's turn.
    pub(super) fn open_group(&self, who: Who) {
        self.turns.queue().group = Some(Open { members: 1, has_people: who == Who::Person });
    }

    pub(super) fn close_group(&self) {
        self.turns.queue().group = None;
    }
}

impl<T> Queue<T> {
    fn of(&mut self, who: Who) -> &mut VecDeque<Waiter<T>> {
        match who {
            Who::Person => &mut self.people,
            Who::Background => &mut self.background,
            Who::Closer => &mut self.closers,
        }
    }

    /// Who is next, if anybody may be.
    fn next(&self) -> Option<Who> {
        let person = self.people.front();
        let background = self.background.front();
        let closer = self.closers.front();
        let is_overdue = background.is_some_and(|it| it.since.elapsed() >= PATIENCE);
        let Some(group) = &self.group else {
            return closer
                .map(|_| Who::Closer)
                .or(background.filter(|_| is_overdue).map(|_| Who::Background))
                .or(person.map(|_| Who::Person))
                .or(background.map(|_| Who::Background));
        };
        let has_room = group.members < MOST;
        let came_before = |it: &Waiter<T>| closer.is_none_or(|closer| it.arrival < closer.arrival);
        let joins = |it: &&Waiter<T>| has_room && (came_before(it) || !group.has_people);
        let may_delay = is_overdue || !group.has_people;
        let helps = |it: &&Waiter<T>| has_room && came_before(it) && may_delay;
        person
            .filter(joins)
            .map(|_| Who::Person)
            .or(background.filter(helps).map(|_| Who::Background))
            .or(closer.map(|_| Who::Closer))
    }

    /// The first person who joins a group lets in all who wait by then.
    fn joined(&mut self, who: Who) {
        let Some(group) = &mut self.group else { return };
        if who == Who::Closer {
            return;
        }
        group.members += 1;
        if who == Who::Person && !group.has_people {
            group.has_people = true;
            if let Some(closer) = self.closers.front_mut() {
                closer.arrival = self.arrivals;
            }
        }
    }
}

impl<T> Drop for Turn<T> {
    fn drop(&mut self) {
        if let Some(thing) = self.thing.take() {
            self.turns.hand_on(&mut self.turns.queue(), thing);
        }
    }
}

impl<T> Deref for Turn<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.thing.as_ref().unwrap_or_else(|| unreachable!("it is handed on only when dropped"))
    }
}

impl<T> DerefMut for Turn<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.thing.as_mut().unwrap_or_else(|| unreachable!("it is handed on only when dropped"))
    }
}
