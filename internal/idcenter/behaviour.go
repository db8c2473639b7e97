package idcenter

// Behaviour holds every switch where AWS's behaviour is unknown, has changed
// with the years, or is unwelcome in a test. Every switch is off by default.
// Section numbers are those of the identity-center-scim reference.
type Behaviour struct {
	// UnknownTenant404 answers a tenant that does not exist with 404
	// "TENANT does not exist." in place of the documented 401 (1, 18).
	UnknownTenant404 bool
	// ConflictNamed tells the SCIM client which attribute is taken
	// ("Duplicate UserName") in place of the general sentence. CloudTrail always
	// has the precise one (5.2, 5.3).
	ConflictNamed bool
	// GenericDetail answers every 400 with the catch-all sentence of 2022 to
	// 2024 (5.2).
	GenericDetail bool
	// PutGroup400 answers PUT of a group with 400 in place of 501 (7.6).
	PutGroup400 bool
	// OmitMembers leaves the empty member list out of GetGroup (7.2).
	OmitMembers bool
	// UnknownMember400 answers the adding of an unknown user with 400 in place
	// of 404 (7.4).
	UnknownMember400 bool
	// CountOutOfRange400 refuses a count outside 1 to 100 in place of clamping
	// it (9).
	CountOutOfRange400 bool
	// RefuseUnsupported refuses password and a non-empty groups with 400; they
	// are dropped in silence otherwise (6.1).
	RefuseUnsupported bool
	// InactiveByDefault creates users without "active" as disabled (6.2).
	InactiveByDefault bool
	// ReturnProfileURL shows profileUrl in SCIM answers (4).
	ReturnProfileURL bool
	// CaseExact compares userName, e-mail and displayName with regard to case
	// (12).
	CaseExact bool
	// ListByCreation lists in order of creation. Otherwise the order is stable
	// and means nothing, so that nobody leans on it (6.4).
	ListByCreation bool
	// TrueTotals gives lists without a cursor the number of all matches as
	// totalResults, in place of the number in the answer (6.4).
	TrueTotals bool
	// LegacyPaging is the endpoint before August 2025: 50 results, no cursor
	// (9).
	LegacyPaging bool
	// Throttle limits each SCIM operation to 25 writes or 40 reads a second
	// (13) and each operation of the Identity Store API to 20 a second
	// (cloudtrail reference 6.7).
	Throttle bool

	// SilentUnauthorized leaves calls refused with 401 out of CloudTrail.
	// Whether AWS logs them is unknown (cloudtrail reference 9, question 5).
	SilentUnauthorized bool
	// LogTokenChanges records the making and deleting of tokens under
	// sso-directory.amazonaws.com. AWS's last published list of logged calls
	// has none of these names (cloudtrail reference 2.4).
	LogTokenChanges bool
	// ModelStatus answers the Identity Store API with the status codes of the
	// service model, in place of 400 for all errors of the client (cloudtrail
	// reference 6.6).
	ModelStatus bool
	// NewConsole records membership changes made in the console as Identity Store
	// API calls by "AWS Internal", as seen since 2025; otherwise all that is done
	// in the console is recorded under sso-directory.amazonaws.com, as in 2023
	// (cloudtrail reference 2.4).
	NewConsole bool
	// AcceptPhotos drops "photos" from SCIM bodies in silence. It is refused
	// otherwise, even when empty, as seen on the wire (scim-clients 24).
	AcceptPhotos bool
}

// Documented returns the defaults of the decision table (18), which is the zero
// Behaviour. Throttling is off, which the table gives as the alternative, since
// a local server is wanted to be quick.
func Documented() Behaviour { return Behaviour{} }
