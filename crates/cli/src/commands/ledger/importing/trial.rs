//! What the ledger says of the sound rows of a file in which others are not.

use std::collections::HashSet;

use ledger::ledger::AllError;
use ledger::movement::{Ask, Request, Reserved};
use ledger::refusal::Refusal;
use ledger::store::ReadStore;

use super::super::desk::{Desk, user};
use super::table::{Row, Wrong};
use super::{Movements, refused_line};

/// The refusals of sound rows that would stand whatever the others say, each with its row. Nothing
/// is moved.
///
/// # Errors
/// The ledger cannot be reached.
pub(super) fn refusals(
    rows: &[Row],
    movements: Movements,
    wrong: &[Wrong],
    unread: bool,
    desk: &mut Desk,
) -> anyhow::Result<Vec<(u64, String)>> {
    let Movements { requests, rows: numbers, .. } = movements;
    let (runtime, reader, _) = desk.reading();
    let last = runtime.block_on(reader.tip())?.head.number;
    let told: HashSet<u64> = wrong.iter().map(|one| one.row).collect();
    let is_wrong = |row: &&Row| told.contains(&row.number);
    let unsound: HashSet<&str> =
        rows.iter().filter(is_wrong).filter_map(|row| row.get("request")).collect();
    // What ends a reservation that is not made here cannot be tried.
    let can_be_tried = |request: &Request| match &request.ask {
        Ask::Commit { reservation, .. } | Ask::Release { reservation } => match reservation {
            Reserved::Entry(number) => *number <= last,
            Reserved::Request(name) => !unsound.contains(name.as_str()),
        },
        _ => true,
    };
    let all = requests.len();
    let tried: (Vec<Request>, Vec<u64>) = (requests.into_iter().zip(numbers))
        .filter(|(request, number)| !told.contains(number) && can_be_tried(request))
        .unzip();
    let (mut requests, numbers) = tried;
    // Rows that only hold more leave no more room than there is without them.
    let only_holds = |row: &Row| row.get("event") == Some("reserve");
    let is_room_known =
        !unread && requests.len() == all && rows.iter().filter(is_wrong).all(only_holds);
    // The last one is always refused, and all with it.
    let never = Ask::Release { reservation: Reserved::Entry(0) };
    requests.push(Request { key: String::new(), by: user(), ask: never });
    let ledger = desk.ledger()?;
    let refused = match desk.wait(ledger.all(requests)) {
        Ok(_) => Vec::new(),
        Err(AllError::Failed(why)) => return Err(why.into()),
        Err(AllError::Refused(refused)) => refused,
    };
    let stand = refused
        .iter()
        .filter(|(at, why)| *at < numbers.len() && !hangs_on_others(why, is_room_known));
    Ok(stand.map(|(at, why)| refused_line(&numbers, *at, why)).collect())
}

/// Whether a refusal might not be one if the other rows of the file were sound.
fn hangs_on_others(why: &Refusal, is_room_known: bool) -> bool {
    match why {
        Refusal::Over { .. } => !is_room_known,
        Refusal::MoreThanUsed { .. } | Refusal::Together { .. } => true,
        _ => false,
    }
}
