// Package push acts as an identity provider towards a SCIM endpoint of IAM Identity
// Center: it brings users, groups and memberships over with the requests that Okta,
// Microsoft Entra ID, Google Workspace, ssosync or idp-scim-sync would send, and in
// their order. It is there to make realistic traffic, and each failure of the causes
// that traffic can produce (see [Breaks]); it is no provisioning product.
//
// # How true it is
//
// A [Profile] is one client's habits: headers, bodies, PATCH forms, order, retries
// (identity-center-scim reference 16, scim-clients, okta-sailpoint reference 6.1). What
// is not known of a client is said in Profile.Doubt. One thing differs on purpose: a
// real identity provider remembers what it pushed, and this one remembers nothing, so
// it reads that from the endpoint by filters, under the client's name. Those
// reads are in the log; the writes are the client's own.
//
// Calls go one after another. Nothing is written twice to an endpoint that already
// holds what the input says.
package push
