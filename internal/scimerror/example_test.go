package scimerror_test

import (
	"fmt"

	"github.com/scimtrail/scimtrail/internal/scimerror"
)

func ExampleExplain() {
	x, ok := scimerror.Explain("ConflictException", "Duplicate GroupDisplayName")
	fmt.Println(ok, x.Entry.ID, x.Causes[0])
	fmt.Println(x.Meaning())
	// Output:
	// true duplicate-group-name name-taken
	// A group of this name is already in the identity store, so AWS did not make another.
}

func ExampleExplain_envelope() {
	x, _ := scimerror.Explain("", "Failed on 03-26-2020 03:49:35PM UTC: Unable to update Group Push mapping target App group Team A: "+
		"Error while creating user group Team A: Bad Request. Errors reported by remote server: Replacing group memberships is not supported.")
	fmt.Println(x.Entry.ID)
	fmt.Println(x.GroupName, "at", x.At)
	fmt.Println(x.Message)
	// Output:
	// replace-members
	// Team A at 2020-03-26 15:49:35 +0000 UTC
	// Replacing group memberships is not supported.
}

func ExampleExplain_validation() {
	x, _ := scimerror.Explain("ValidationException", "1 validation errors detected: Value at '*name.familyName*' failed to satisfy constraint: "+
		"Member must have length greater than or equal to 1")
	fmt.Println(x.Attribute, x.Constraints[0].Rule)
	fmt.Println(x.Meaning())
	// Output:
	// name.familyName min-length
	// AWS refused an empty value: an attribute that is sent must hold at least one character. name.familyName is empty.
}

func ExampleExplain_unknown() {
	_, ok := scimerror.Explain("", "something that no reference prints")
	fmt.Println(ok)
	// Output: false
}
