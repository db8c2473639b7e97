package redact

import (
	"strings"

	"github.com/scimtrail/scimtrail/internal/actor"
)

// ordinary are words that stand in messages, paths and user agents without
// meaning anybody, even if somebody is called so.
const ordinary = `
access account accounts active activity add added address addresses admin administrator administrators administration agent all
already amazon amazonaws analyst any api app apple application applications apps arn assume assumed assumedrole attribute attributes audit
auditor authorized automation aws backup bearer because been body boto3 botocore bucket call called cannot change changed client cloud
cloudshell cloudtrail code collection command config conflict console could create created data database default delete deleted denied describe
description developer developers development directory display displayname does domain down duplicate email emails enabled entity entra error
event events exceed exceeded exception exceptions exist exists expired external externalid failed failure federated field file files filter firefox
folder found from gecko given global golang google group groupdisplayname groupid groups guest have home host http https identifier identity
identitystore input instance internal invalid issuer java json lambda length limit linux list local logs lookup macos maintenance manager
match member members membership memberships message meta missing more mozilla must name named names network none null object
office okta only operation operations operator org owner parameter patch path people permission permissions person poweruser present
principal prod production profile provided provider provisioning read readonly reason record records region report reports request requests
required resource resources response role roles root sailpoint sandbox schema schemas scim script search security send service services session
since snapshot snapshots source sources staging state status storage store support sync system team tenant terraform test testing that
their there this throttled throttling time token tokens trail true type uniqueness unknown update updated user username userid users valid
validation value values version viewer with windows write written xray zone
givenname familyname middlename formatted nickname locale timezone title preferredlanguage usertype urn ietf params core enterprise
creategroup patchgroup deletegroup createuser patchuser deleteuser putuser getuser getgroup listusers listgroups awslogs gzip
`

// commonWords are the ordinary words, and the names of clients and products in
// the table of clients.
func commonWords() map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(ordinary) {
		out[w] = true
	}
	for _, row := range actor.Default().Rows() {
		for _, s := range []string{row.Client, row.Name} {
			for _, w := range strings.FieldsFunc(strings.ToLower(s), notWord) {
				out[w] = true
			}
		}
	}
	return out
}
