-- name: cadence
-- title: Message cadence
-- question: Who got too many messages, the same one again, or too few?
-- definition: Holds the mails that each person got, across both CRMs and mail, against the schedule of cadence.yaml, counted in days from the first one to that person, or with --campaign from the first day of the campaign.
-- formula: sent = mails to the person in the window; one that two sources recorded (same instant, same subject) is one
-- formula: over_week1, over_weekly, over_monthly = a mail beyond the most of its span of days: the first one, one of those that follow, or a repeating block
-- formula: repeat_message = a mail whose subject the person got before; under = fewer mails than the least of a span that is over; opted_out = a mail after the person had opted out
-- formula: next_allowed_on = first day from the as-of day on which one more mail breaks no rule; allowed = 1 where that is the as-of day itself
-- unit: mails, days
-- grain: one row per person, by folded address
-- reads: activity
-- population: people who got a mail in the window, or too few by then; with --campaign, the members of that campaign
-- owner: whoever sends campaigns
-- groups:
-- filters: source, team, person
-- flag: campaign: name or id of a campaign: every mail to its members since its first day, which is day 0 for all of them
-- flag: check: address of one person: may they get one more mail on the as-of day? The command ends with 0 or 8
-- flag: message: subject (or its hash in the store) of the mail that --check asks about
-- parameters: --from --to or --period, --as-of, --known-at, --where, --campaign C, --check EMAIL, --message ID
-- policies: cadence.yaml says how many mails when
-- caveats: Mails that no source recorded are not known here.
-- caveats: The store does not know which campaign a mail belongs to: with --campaign all mails to its members count that were sent on its first day or later, those before do not. Of a campaign without a first day, a member's days are counted from the first mail to them.
-- caveats: --where source narrows the mails, and the members of a campaign to those whom that source has in it. --where team or person narrows the mails only: with --campaign nobody is under then.
-- caveats: Members of a campaign without an address are in no row; a note counts them. Mails of the window to nobody known are counted in a note where the question is about everyone.
-- caveats: A person is an address; one person with two addresses is two.
-- caveats: The store keeps no day of opting out: a mail counts as after it where it is later than the last change of the contact.
-- column: person text: Name of the person, where a contact or lead has it
-- column: sent count: Mails in the window
-- column: first_sent_on day: Day of the first mail; with --campaign, of the first mail since that campaign began
-- column: next_allowed_on day: First day from the as-of day on which one more mail is allowed
-- column: allowed flag: 1 where that is the as-of day
-- column: violations pairs: Day and kind of each broken rule in the window
-- column: person_email_hash text: SHA-256 of the folded address
-- column: under pairs: Span (week1, weekly, monthly) and number of mails of each one that ended in the window with too few
SELECT
  m.person,
  a.epoch_day,
  m.occurred_on,
  m.occurred_at,
  m.subject_hash,
  m.id
FROM cadence_message m
INNER JOIN calendar a ON a.day = m.occurred_on
ORDER BY m.person, m.occurred_on, m.occurred_at, m.id
