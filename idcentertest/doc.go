// Package idcentertest runs an AWS IAM Identity Center inside a Go test: its SCIM
// endpoint, its Identity Store API, and the CloudTrail records that AWS would have
// written of every call. It is to a sync what net/http/httptest is to a handler.
//
//	func TestSync(t *testing.T) {
//		srv := idcentertest.New(t)
//		if err := sync(srv.SCIMURL, srv.Token); err != nil {
//			t.Fatal(err)
//		}
//		for _, e := range srv.Events() {
//			if e.Error != "" {
//				t.Errorf("%s was refused: %s", e.Name, e.ErrorMessage)
//			}
//		}
//	}
//
// A server listens on a free port of 127.0.0.1, keeps everything in memory, knows
// nothing of other servers, and ends with the test. Tests may run in parallel, each
// with its own.
//
// # What it is for
//
//   - SCIM clients: give them [Server.SCIMURL] and [Server.Token].
//   - The AWS SDK and CLI: give them [Server.URL] as the endpoint (BaseEndpoint,
//     AWS_ENDPOINT_URL), the Region, and [Server.AccessKeyID] with its secret.
//   - What goes wrong: [Server.SetFaults], [Server.ExpireToken], [Server.DeleteToken].
//   - What takes long: [Server.Advance]. No test has to sleep; the only time that
//     passes by itself is that of the test.
//   - What people do: [Server.Console].
//   - What was recorded: [Server.Events] for assertions, [Server.WriteLogs] for
//     tools that read CloudTrail's files, such as scimtrail itself.
//
// # What is promised
//
// What AWS documents, and what others have seen of it on the wire, is imitated:
//
//   - SCIM 2.0 as Identity Center speaks it: Users, Groups and discovery; its
//     subset of filters and PATCH, its limits, its error bodies and their words.
//     Groups are listed without members, as AWS lists them.
//   - the Identity Store API, all operations, with the SDK's typed errors and
//     paginators; ListInstances and account assignments of IAM Identity Center;
//     CloudTrail's LookupEvents and ListPublicKeys
//   - tokens: good for a year, two at most, an expired one counts
//   - CloudTrail: one record for each call that AWS records, also when it is refused, with
//     the masking and the gaps of the real ones: a SCIM PATCH does not say whom it
//     adds, a deletion does not name the members that it takes along
//   - log files and signed digests in the layout of S3
//
// Not imitated: sign-in and permission sets, IAM policies (every access key may do
// everything), eventual consistency, and a second Region. Signatures are read, and
// checked only with [VerifySignatures]; calls are throttled only with [Throttling]
// or [Faults].
//
// Where AWS's behaviour is not known the most likely one was chosen, and records have
// the fields and forms that real ones were seen with. A client that passes here has
// still to be tried against AWS once.
//
// Fields and methods of this package are kept. The records follow AWS when it
// changes them.
package idcentertest
