// Package story turns short, readable descriptions of what happened in an
// identity store into the evidence files that an investigator would hold, with
// the question and the right answer beside them. Tests and examples are written
// as stories. The package is not part of the program.
//
// A story separates what happened from what was collected: the events section
// is the truth, and only what the coverage section collects becomes evidence. So
// the same events with less coverage are a story in which the honest answer is
// "undetermined".
//
// # Notation
//
// A story is a txtar archive. Its comment says what happened in a few
// sentences. In the sections, a line is a list of words; words with blanks stand
// in double quotes (\" and \\ inside); # at the start of a word begins a
// comment. Times are 2025-09-16T10:00:00Z or shorter: 2025-09-16T10:00Z,
// 2025-09-16. Expansion is deterministic: ids are derived from names.
//
// # cast
//
//	store d-9a67000001 account 111122223333 region us-east-2
//	group NAME ["Display name"] [id ID] [legacy] [external ID] [created T] [by WHO]
//	user NAME [userName] [id ID] [legacy] [external ID] [created T] [by WHO]
//	crowd NAME N                     users NAME1 ... NAMEN; NAME* stands for all of them in lists
//	person NAME cli|cloudshell|script|console [account A] [role R] [session S] [agent "UA"] [from IP]
//	connector NAME role R [account A] [session S] [agent "UA"] [from IP]
//	automation NAME terraform|cloudformation|lambda role R [...]
//	idp NAME [client okta|entra|google|ssosync|authentik|idp-scim-sync|curl] [token T] [tenant T] [agent "UA"] [from IP]
//
// store comes first and may be left out: the values shown are the defaults. The
// roles of persons are those of Identity Center (AWSReservedSSO_...), their
// session names their addresses. legacy gives an id of 47 characters, external
// an ExternalId as SCIM leaves it; okta stands for the id that Okta has for the
// name. Two groups may have one display name. An
// idp's client is its NAME unless said otherwise.
//
// # events
//
//	TIME ACTOR CALL ARGUMENTS [fails CODE "MESSAGE"] [OPTIONS]
//	every DURATION from TIME to TIME [weekdays] ACTOR CALL ...
//
// By an idp, that is over SCIM:
//
//	CreateGroup GROUP [USER...]      DeleteGroup GROUP
//	PatchGroup GROUP OP [USER...] [+ OP [USER...]]...
//	CreateUser USER   PutUser USER   PatchUser USER [active|inactive]   DeleteUser USER
//	ListUsers   ListGroups   GetUser USER   GetGroup GROUP   ServiceProviderConfig ...
//
// with OP add, remove, remove-path (the user's id stands in the path), replace
// (of the member list), remove-pathless, rename or external-id. The users of a
// patch are for the reader, and for counting memberships: SCIM records hide
// them.
//
// By anybody else, over the Identity Store API, or for a person in the console
// under AWS Internal:
//
//	CreateGroupMembership GROUP USER   DeleteGroupMembership GROUP USER
//	CreateGroup GROUP   UpdateGroup GROUP   DeleteGroup GROUP   CreateUser USER   DeleteUser USER
//	ListGroups   ListUsers   DescribeGroup GROUP   ListGroupMemberships GROUP   IsMemberInGroups GROUP USER ...
//
// and always under the console's own event source:
//
//	AddMemberToGroup GROUP USER   RemoveMemberFromGroup GROUP USER
//	EnableUser USER   DisableUser USER   any name with ExternalIdP, BearerToken or ProvisioningTenant
//
// (a person in the console makes and deletes groups and users there as well),
// under sso.amazonaws.com:
//
//	CreateAccountAssignment GROUP ACCOUNT   DeleteAccountAssignment GROUP ACCOUNT
//	AssociateDirectory   DisassociateDirectory   DeleteInstance   CreateInstance
//
// and any call of another service: other SERVICE NAME, e.g. other ec2 DescribeInstances.
//
// Options: account A (where it is logged), region R, label L, updates L (it is
// an UPDATED_DATA addendum to the event labelled L), late DURATION (delivered
// that much later, with a DELIVERY_DELAY addendum), copied A (logged in that
// account as well, with one sharedEventID), arns (ids are given as ARNs), hidden
// (the body of a SCIM call is not there), untimed (eventTime is blanked).
//
// # snapshot TIME
//
//	groups all | NAME, NAME...       whole list; "groups some NAME..." writes a cut-short one
//	users all | NAME, NAME...
//	GROUP: (empty) | USER [since T] [by WHO], USER...
//	of USER: GROUP, GROUP... | (none)
//	denies GROUP USER                an is-member-in-groups answer
//	assignments GROUP ACCOUNT, ...   account assignments, or (none)
//	by hand                          no manifest entry; else the manifest gives the time
//	account A / region R / store D   where it was taken, when not at home
//
// Several snapshot sections may stand in a story.
//
// # coverage
//
//	[lookup|logs|jsonl] SOURCE... FROM..TO [account A] [region R] [claimed] [only NAME,NAME] [shuffled] [doubled]
//	tree FROM..TO [account A] [region R] [org O] [shuffled] [doubled] [cut]
//	digests FROM..TO [account A] [region R] [tampered T | missing T]
//
// SOURCE is scim, api, console, sso, sync or all (the first three). lookup is
// the default and writes one output of aws cloudtrail lookup-events per source,
// empty ones too; logs one file {"Records": [...]}; jsonl a record a line. With
// claimed the manifest says what was searched; without, the file stands alone.
// tree writes gzip log files in CloudTrail's S3 layout with records of other
// services among them, from a first delivery at FROM to a last one at TO.
// digests does the same with a signed chain of digest files, one an hour, and
// its last delivery five minutes before TO; tampered changes
// and missing removes the log file that holds the event of time T.
//
// # okta TIME, entra TIME, sailpoint TIME
//
// What somebody read of the identity provider or of governance at that time. Ids
// are derived from names; a NAME of the cast has its login or display name there
// as well. Lists are whole only where a line says so:
//
//	whole LIST [app A] [group G] [user U] [from T] [failed WHY] [needs PERMISSION]
//
// LIST is users, groups, members, apps, app-users, app-groups, mappings, rules,
// log, jobs, app-roles, identities, sources, accounts, requests, activities,
// profiles or entitlements; failed says that it could not be read.
//
// Of Okta, with aws for the AWS app where APP is left out:
//
//	app [APP] [features F,F|none|unstated] [status S] [kind K] [region R] [store D] [changed T]
//	user NAME STATUS [login L] [email E] [first F] [last L] [changed T]     (empty) for none
//	group NAME ["Display name"] [type T] [created T] [changed T] [from APP] [pushes N members N]
//	members [some] GROUP: (empty) | NAME, NAME...                           whole unless some
//	assigned NAME [to APP] STATUS SYNCSTATE [external own|NAME|ID] [through GROUP] [synced T]
//	         [created T] [changed T] [named USERNAME] [task STATUS error WHY]
//	assigns GROUP [to APP]                                                  a group assigned to an app
//	mapping GROUP STATUS [of APP] [target GROUP] [pushed T] [created T] [changed T] [error WHY]
//	rule NAME STATUS fills GROUP [excludes NAME]
//	log TIME TYPE RESULT ["REASON"] [by WHO] [user NAME] [group GROUP] [app APP] [mapping GROUP]
//
// Of Entra:
//
//	job SCHEDULE CODE [reason R since T] [code C] [error WHY] [template T] [ran T]
//	app   user NAME [enabled false]   group NAME   members GROUP: NAME, group:GROUP...
//	assigned user|group NAME
//	log TIME ACTION STATUS user|group NAME ["REASON"] [code C]
//
// Of SailPoint, which writes to Okta unless a value is a distinguished name:
//
//	identity NAME   source NAME [type T] [features F,F] [status S]
//	account NAME [native NAME] [groups G,G] [member-of DN] [source S] [uncorrelated] [disabled]
//	entitlement GROUP [value GROUP|ID|DN]   profile NAME [enabled false] [grants GROUP,GROUP|none]
//	request NAME for PROFILE STATE created T [type T] [id R] [approval STATUS by WHO] [removes T] [manual] [error WHY]
//	activity NAME OPERATION GROUP|DN PROVISIONING COMPLETION at T [id R] [native NAME] [type T] [removes T] [requested PROFILE] [error WHY]
//
// # file PATH
//
// Literal evidence, put into the folder as it stands.
//
// # ask
//
//	group NAME [by id|arn]           user NAME [by id|arn] [group NAME]
//
// A name of the cast stands for its display or user name; a quoted one for
// itself.
//
// # expect
//
//	verdict STATUS [CAUSE]
//	CAUSE STATUS
//	error "TEXT"                     the question cannot be answered; the message holds TEXT
//
// Where the rules leave room, STATUS and the CAUSE of the verdict are several,
// separated by |. A verdict without a cause leaves it open.
//
// Lines after "# the rest, as the program answers" are kept by the update flag
// of a test, lines before it by people: see Story.Update.
package story
