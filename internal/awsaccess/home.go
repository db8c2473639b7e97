package awsaccess

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"

	"github.com/scimtrail/scimtrail/internal/casefile"
)

// administers is the service principal that an account is registered for to
// administer IAM Identity Center
// (https://docs.aws.amazon.com/singlesignon/latest/userguide/delegated-admin.html).
const administers = "sso.amazonaws.com"

// IdentityCenter returns where calls about identities can be logged: the account
// that owns the instance of IAM Identity Center in the access's Region, and the
// accounts that may administer it (cloudtrail reference 2.2). Half an answer would
// leave places out that have to be looked at, so whatever can't be asked is an
// error, a *live.Problem, and no places.
func (a Access) IdentityCenter(ctx context.Context, c Caller) ([]casefile.Place, error) {
	region := a.Config.Region
	watch := func(cfg aws.Config) aws.Config {
		cfg = cfg.Copy()
		cfg.APIOptions = append(cfg.APIOptions, Watch(c.Progress))
		return cfg
	}
	var places []casefile.Place
	add := func(account string) {
		if account != "" {
			places = append(places, casefile.Place{Account: account, Region: region})
		}
	}
	instances := ssoadmin.NewListInstancesPaginator(ssoadmin.NewFromConfig(watch(a.Config)), &ssoadmin.ListInstancesInput{})
	for instances.HasMorePages() {
		page, err := Call(ctx, c, func(ctx context.Context) (*ssoadmin.ListInstancesOutput, error) { return instances.NextPage(ctx) })
		if err != nil {
			return nil, a.Explain(err, "asking which account owns IAM Identity Center in "+region)
		}
		for _, i := range page.Instances {
			add(aws.ToString(i.OwnerAccountId))
		}
	}
	if len(places) == 0 {
		return nil, nil
	}
	administrators := organizations.NewListDelegatedAdministratorsPaginator(organizations.NewFromConfig(watch(a.Config)),
		&organizations.ListDelegatedAdministratorsInput{ServicePrincipal: aws.String(administers)})
	for administrators.HasMorePages() {
		page, err := Call(ctx, c, func(ctx context.Context) (*organizations.ListDelegatedAdministratorsOutput, error) {
			return administrators.NextPage(ctx)
		})
		if err != nil {
			return nil, a.Explain(err, "asking which accounts may administer IAM Identity Center")
		}
		for _, d := range page.DelegatedAdministrators {
			add(aws.ToString(d.Id))
		}
	}
	return places, nil
}
