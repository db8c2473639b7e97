// Package s3 fetches evidence from the bucket that a trail writes to.
//
// It finds the layout itself: the folders of an account's or an organisation's
// trail (cloudtrail reference 4.1), the bucket or prefix named anywhere above or
// inside them; without such folders it reads what lies there. It lists only the
// accounts, Regions and days that are asked about, downloads in parallel, and
// hands each object to package intake without touching the disk: what an object
// is and covers is decided there, as for files.
//
// # What is read, unless told otherwise
//
// Identity Center logs the calls of people and programs in the account that calls,
// and SCIM in the account that owns it; all writes in its primary Region
// (cloudtrail reference 2.2). Of a trail of several accounts and Regions the
// source reads those that [Options.Home] names, or else those where a sample of
// the newest files shows such calls. What it leaves out is never covered, and a
// note says what that is.
//
// # Late deliveries
//
// The folders are days of delivery, mostly minutes after the events. Files are read
// that were delivered up to 24 hours after the span that is asked about; CloudTrail
// tries for 30 days when a bucket refuses (cloudtrail reference 4.2), and a note
// says that such files are not looked for.
//
// # Going on
//
// With a journal, what was read is not fetched again by the next run, except the
// files of the hour before the last one ended. The two days before are listed again,
// and what S3 wrote there since is read; a file that comes even later into a day that
// was gone through is not noticed. A denied object, or one in an archive class, is a
// loss and a hole in the ground; the journal stays before it, so that the next run
// tries again. With Verify nothing is resumed: a proof needs the hash of every file.
//
// # Requests
//
// The SDK makes the first request for an object, and what comes of all that are no
// success; the others are made after its example (see shortcut), which takes a third
// of the time.
package s3
