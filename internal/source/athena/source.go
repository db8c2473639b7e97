package athena

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/scimtrail/scimtrail/internal/awsaccess"
	"github.com/scimtrail/scimtrail/internal/casefile"
	"github.com/scimtrail/scimtrail/internal/engine"
	"github.com/scimtrail/scimtrail/internal/live"
)

// perByte is what Athena takes for reading a byte: 5 USD for a terabyte in most
// Regions (https://aws.amazon.com/athena/pricing/). A query is rounded up to 10 MB.
const perByte = 5.0 / 1e12

// Options say how a table is asked.
type Options struct {
	Workgroup string // "primary" when empty
	Results   string // s3://BUCKET/PREFIX for the answers; the workgroup's own when empty
	MaxBytes  int64  // that may be read; 0 for any
	Sleep     func(context.Context, time.Duration) error
}

// Source is a table of Athena. It implements live.Source.
type Source struct {
	name   Name
	opts   Options
	query  live.Query
	access awsaccess.Access
	caller awsaccess.Caller
	api    *athena.Client
}

var _ live.Source = (*Source)(nil)

// New returns the source, asked with the access's credentials in its Region.
func New(access awsaccess.Access, name Name, opts Options, q live.Query) *Source {
	if opts.Workgroup == "" {
		opts.Workgroup = "primary"
	}
	if opts.Sleep == nil {
		opts.Sleep = live.Sleep
	}
	s := &Source{name: name, opts: opts, query: q, access: access, caller: access.Caller(), api: athena.NewFromConfig(access.Config)}
	s.caller.Sleep, s.caller.Progress = opts.Sleep, q.Progress
	return s
}

func (s *Source) doing() string {
	return "asking the Athena table " + s.name.spoken() + " in " + s.access.Config.Region
}

// Collect implements live.Source.
func (s *Source) Collect(ctx context.Context, sink casefile.Sink) error {
	w, _, err := s.walk(ctx)
	if err != nil {
		return err
	}
	s.query.Progress.Doing(s.doing())
	return w.Collect(ctx, sink)
}

// walk asks for the table's columns, partition keys and properties.
func (s *Source) walk(ctx context.Context) (*engine.Walk, *types.TableMetadata, error) {
	doing := "reading the columns of the Athena table " + s.name.spoken() + " in " + s.access.Config.Region
	out, err := awsaccess.Call(ctx, s.caller, func(ctx context.Context) (*athena.GetTableMetadataOutput, error) {
		out, err := s.api.GetTableMetadata(ctx, &athena.GetTableMetadataInput{
			CatalogName: &s.name.Catalog, DatabaseName: &s.name.Database, TableName: &s.name.Table, WorkGroup: &s.opts.Workgroup})
		if err == nil && out.TableMetadata == nil {
			err = awsaccess.Incomplete
		}
		return out, err
	})
	if err != nil {
		return nil, nil, s.explain(ctx, err, doing)
	}
	meta := out.TableMetadata
	w := &engine.Walk{Dialect: engine.Athena, Table: s.table(meta), Source: s.name.String(), Doing: s.doing(), Query: s.query, Runner: s,
		MaxBytes: s.opts.MaxBytes, PerByte: perByte, Size: sizeOf(meta.Parameters)}
	return w, meta, nil
}

// table reads what Athena says of a table. The catalogue goes with the query, so
// that its name need not be SQL.
func (s *Source) table(meta *types.TableMetadata) engine.Table {
	t := engine.Table{From: engine.Qualified(s.name.Database, s.name.Table)}
	for _, c := range meta.Columns {
		t.Columns = append(t.Columns, engine.Column{Name: aws.ToString(c.Name), Type: aws.ToString(c.Type)})
	}
	projected := strings.EqualFold(meta.Parameters["projection.enabled"], "true")
	t.Registered = !projected && len(meta.PartitionKeys) > 0
	for _, key := range meta.PartitionKeys {
		p := engine.Partition{Column: engine.Column{Name: aws.ToString(key.Name), Type: aws.ToString(key.Type)}}
		if projected {
			base := "projection." + strings.ToLower(p.Name) + "."
			p.Format = meta.Parameters[base+"format"]
			p.Injected = strings.EqualFold(meta.Parameters[base+"type"], "injected")
		}
		t.Partitions = append(t.Partitions, p)
	}
	return t
}

// sizeOf returns the size that a crawler or ANALYZE noted for the whole table
// (https://docs.aws.amazon.com/glue/latest/dg/table-properties-crawler.html).
func sizeOf(parameters map[string]string) int64 {
	for _, name := range []string{"sizeKey", "totalSize"} {
		if n, err := strconv.ParseInt(parameters[name], 10, 64); err == nil && n > 0 {
			return n
		}
	}
	return 0
}

// Plan implements live.Source. It reads the table's description and the
// workgroup's, and runs no query.
func (s *Source) Plan(ctx context.Context) (live.Plan, error) {
	w, meta, err := s.walk(ctx)
	if err != nil {
		return live.Plan{Source: s.name.String()}, err
	}
	p, err := w.Plan(ctx)
	location := meta.Parameters["location"]
	p.Permissions = s.permissions(location, w.Table.Registered)
	if err != nil {
		return p, err
	}
	out, err := awsaccess.Call(ctx, s.caller, func(ctx context.Context) (*athena.GetWorkGroupOutput, error) {
		return s.api.GetWorkGroup(ctx, &athena.GetWorkGroupInput{WorkGroup: &s.opts.Workgroup})
	})
	if ctx.Err() != nil {
		return p, ctx.Err()
	}
	if err != nil || out.WorkGroup == nil || out.WorkGroup.Configuration == nil {
		p.Notes = append(p.Notes, "the workgroup "+s.opts.Workgroup+" could not be looked at (athena:GetWorkGroup); whether it limits the bytes of a query is not known")
		return p, nil
	}
	c := out.WorkGroup.Configuration
	if cut := aws.ToInt64(c.BytesScannedCutoffPerQuery); cut > 0 {
		p.Notes = append(p.Notes, "the workgroup cancels a query that reads more than "+engine.Bytes(cut))
	} else {
		p.Notes = append(p.Notes, "the workgroup sets no limit of bytes for a query (BytesScannedCutoffPerQuery)")
	}
	managed := c.ManagedQueryResultsConfiguration != nil && c.ManagedQueryResultsConfiguration.Enabled
	if s.opts.Results == "" && !managed && (c.ResultConfiguration == nil || aws.ToString(c.ResultConfiguration.OutputLocation) == "") {
		p.Notes = append(p.Notes, "the workgroup has no place for results: name one with --results s3://BUCKET/PREFIX")
	}
	return p, nil
}

// permissions are the least that a query needs
// (https://docs.aws.amazon.com/athena/latest/ug/example-policies-workgroup.html).
func (s *Source) permissions(location string, registered bool) []live.Permission {
	region := s.access.Config.Region
	partition := "aws"
	switch {
	case strings.HasPrefix(region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		partition = "aws-us-gov"
	}
	workgroup := fmt.Sprintf("arn:%s:athena:%s:*:workgroup/%s", partition, region, s.opts.Workgroup)
	var out []live.Permission
	add := func(action, resource, why string) {
		out = append(out, live.Permission{Action: action, Resource: resource, Why: why, IAM: true})
	}
	add("athena:StartQueryExecution", workgroup, "to ask")
	add("athena:GetQueryExecution", workgroup, "to wait for the answer")
	add("athena:GetQueryResults", workgroup, "to read the answer")
	add("athena:StopQueryExecution", workgroup, "to cancel the query when interrupted")
	add("athena:GetWorkGroup", workgroup, "to see its limit of bytes; can be done without")
	add("athena:GetTableMetadata", fmt.Sprintf("arn:%s:athena:%s:*:datacatalog/%s", partition, region, s.name.Catalog), "to see the table's columns and partition keys")
	glue := fmt.Sprintf("arn:%s:glue:%s:*:", partition, region)
	add("glue:GetDatabase", glue+"catalog", "Athena looks up the database")
	add("glue:GetDatabase", glue+"database/"+s.name.Database, "Athena looks up the database")
	for _, resource := range []string{"catalog", "database/" + s.name.Database, "table/" + s.name.Database + "/" + s.name.Table} {
		add("glue:GetTable", glue+resource, "Athena looks up the table")
		if registered {
			add("glue:GetPartitions", glue+resource, "Athena looks up the partitions")
		}
	}
	if bucket, prefix, ok := place(location); ok {
		arn := "arn:" + partition + ":s3:::" + bucket
		add("s3:GetBucketLocation", arn, "Athena reads the log files")
		add("s3:ListBucket", arn, "Athena reads the log files")
		add("s3:GetObject", arn+"/"+prefix+"*", "Athena reads the log files (and kms:Decrypt, where the trail has a key)")
	}
	if bucket, prefix, ok := place(s.opts.Results); ok {
		arn := "arn:" + partition + ":s3:::" + bucket
		add("s3:GetBucketLocation", arn, "Athena keeps the answer there")
		add("s3:GetObject", arn+"/"+prefix+"*", "Athena reads the answer back")
		add("s3:PutObject", arn+"/"+prefix+"*", "Athena keeps the answer there")
	}
	return out
}

// place takes an s3:// address apart.
func place(address string) (bucket, prefix string, ok bool) {
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(u.Scheme, "s3") || u.Host == "" {
		return "", "", false
	}
	return u.Host, strings.TrimPrefix(u.Path, "/"), true
}
