// Package stories_test holds the emulator and the diagnosis against each other: what
// somebody does to an emulated Identity Center, over SCIM, with AWS's own SDK or in
// the console, must be found again as its cause in the log that it delivers.
//
// Nothing here looks into the emulator or makes records by hand. A story that fails
// means that the emulator logs what AWS would not, or that the diagnosis is wrong.
package stories_test
