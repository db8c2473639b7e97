package loggen

import "time"

// caller is one session of somebody or something, with what all of its records
// repeat.
type caller struct {
	identity string // userIdentity, JSON
	role     string
	address  string
	agent    template
	tls      bool // not an AWS service
	uses     int  // until it takes new credentials
}

// kindOfCaller is a letter in the by of a call.
type kindOfCaller byte

const (
	byInstance kindOfCaller = 'i'
	byFunction kindOfCaller = 'f'
	byPerson   kindOfCaller = 'p'
	byPipeline kindOfCaller = 't'
	byLinked   kindOfCaller = 'l' // an AWS service in its own role
	byUser     kindOfCaller = 'u'
)

// crowd is how many sessions of a kind one file has at most.
var crowd = map[kindOfCaller]int{byInstance: 80, byFunction: 50, byPerson: 15, byPipeline: 3, byLinked: 8, byUser: 6}

// Agents of the kinds of callers (cloudtrail reference 7.1).
var agents = map[kindOfCaller][]string{
	byInstance: {
		`aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24.1 md/GOOS#linux md/GOARCH#amd64 api/<service>#1.<number 20 220>.<number 0 9> m/E,n`,
		`Boto3/1.34.131 md/Botocore#1.34.131 ua/2.0 os/linux#6.1.<number 90 140>-amzn2023.x86_64 md/arch#x86_64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#standard Botocore/1.34.131`,
		`aws-sdk-java/2.25.60 Linux/5.10.<number 200 230>-amzn2.x86_64 OpenJDK_64-Bit_Server_VM/17.0.11+9-LTS Java/17.0.11 vendor/Amazon.com_Inc. io/sync http/Apache cfg/retry-mode/legacy`,
		`aws-sdk-go/1.44.<number 100 330> (go1.19.13; linux; amd64) amazon-ssm-agent/`,
		`aws-sdk-go/1.55.5 (go1.22.5; linux; amd64) karpenter.sh-0.37.0`,
	},
	byFunction: {
		`Boto3/1.34.145 md/Botocore#1.34.145 ua/2.0 os/linux#5.10.<number 200 230>.amzn2.x86_64 md/arch#x86_64 lang/python#3.12.4 md/pyimpl#CPython exec-env/AWS_Lambda_python3.12 cfg/retry-mode#legacy Botocore/1.34.145`,
		`aws-sdk-js/3.6<number 10 99>.0 ua/2.0 os/linux#5.10.<number 200 230>.amzn2.x86_64 lang/js md/nodejs#20.15.1 api/<service>#3.6<number 10 99>.0 exec-env/AWS_Lambda_nodejs20.x`,
	},
	byPerson: {
		`aws-cli/2.32.10 md/awscrt#0.29.1 ua/2.1 os/macos#24.6.0 md/arch#arm64 lang/python#3.13.9 md/pyimpl#CPython m/s,b,E cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#<service>.get`,
		`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36`,
	},
	byPipeline: {
		`APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.72.1 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.32.2 ua/2.1 os/linux lang/go#1.23.1 md/GOOS#linux md/GOARCH#amd64 api/<service>#1.<number 20 190>.0`,
	},
	byUser: {`aws-cli/1.32.69 md/Botocore#1.34.69 ua/2.0 os/linux#5.15.0-1057-aws md/arch#x86_64 lang/python#3.10.12 md/pyimpl#CPython cfg/retry-mode#legacy botocore/1.34.69`},
}

// linked are services that act in an account through a role of their own.
var linked = []struct{ service, role string }{
	{"autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling"},
	{"ecs.amazonaws.com", "AWSServiceRoleForECS"},
	{"config.amazonaws.com", "AWSServiceRoleForConfig"},
	{"eks.amazonaws.com", "AWSServiceRoleForAmazonEKS"},
	{"resource-explorer-2.amazonaws.com", "AWSServiceRoleForResourceExplorer"},
	{"guardduty.amazonaws.com", "AWSServiceRoleForAmazonGuardDuty"},
}

// call takes a session of a kind; new ones appear as others run out.
func (s *scribe) call(kind kindOfCaller) *caller {
	list := s.callers[kind]
	if list == nil {
		list = make([]*caller, crowd[kind])
		s.callers[kind] = list
	}
	i := s.skewed(len(list))
	if list[i] == nil || list[i].uses == 0 {
		list[i] = s.session(kind)
	}
	list[i].uses--
	return list[i]
}

// session makes a new session. The names of its fields and their order are
// CloudTrail's (cloudtrail reference 1.4).
func (s *scribe) session(kind kindOfCaller) *caller {
	account := s.file.Account
	c := &caller{uses: 40 + s.r.IntN(400), tls: true, role: s.pick(s.cast.names[roles])}
	random := func(n int) string { return s.text(func() { s.random(n, base32) }) }
	if kind == byLinked {
		l := linked[s.skewed(len(linked))]
		c.role = l.role
		c.address, c.tls = l.service, false
		c.agent = template{{text: l.service}}
		c.identity = s.assumed(account, "aws-service-role/"+l.service+"/", l.role, random(16), shortName(l.role), l.service, "")
		return c
	}
	list := s.cast.agents[kind]
	c.agent = list[s.r.IntN(len(list))]
	network := []string{"192.0.2.", "198.51.100.", "203.0.113."}[s.r.IntN(3)]
	if kind == byInstance && s.r.IntN(3) > 0 {
		network = "10."
	}
	c.address = s.text(func() { s.address(network, 4) })
	switch kind {
	case byInstance:
		c.identity = s.assumed(account, "", c.role, random(16), s.pick(s.cast.names[instances]), "", `,"ec2RoleDelivery":"2.0"`)
	case byFunction:
		c.identity = s.assumed(account, "service-role/", c.role, random(16), s.pick(s.cast.names[functions]), "", "")
	case byPerson:
		c.role = "AWSReservedSSO_" + []string{"AdministratorAccess", "ReadOnly", "PowerUser"}[s.r.IntN(3)] + "_" + s.text(func() { s.random(16, "0123456789abcdef") })
		c.identity = s.assumed(account, "aws-reserved/sso.amazonaws.com/", c.role, random(16), s.text(func() { s.write(s.cast.email) }), "", "")
	case byPipeline:
		c.role = "deployment-pipeline"
		c.identity = s.assumed(account, "", c.role, random(16), "run-"+s.text(func() { s.number(1000000 + s.r.IntN(9000000)) }), "", "")
	case byUser:
		name := "svc-" + s.pick(s.cast.names[teams])
		c.role = name
		c.identity = `{"type":"IAMUser","principalId":"AIDA` + random(17) + `","arn":"arn:aws:iam::` + account + `:user/` + name +
			`","accountId":"` + account + `","accessKeyId":"AKIA` + random(16) + `","userName":"` + name + `"}`
	}
	return c
}

// assumed is the userIdentity of a role's session.
func (s *scribe) assumed(account, path, role, id, session, invokedBy, extra string) string {
	id = "AROA" + id + "X"
	key := s.text(func() { s.random(16, base32) })
	since := s.text(func() { s.stamp(s.now.Add(-time.Duration(s.r.IntN(6*3600)) * time.Second)) })
	out := `{"type":"AssumedRole","principalId":"` + id + `:` + session + `","arn":"arn:aws:sts::` + account + `:assumed-role/` + role + `/` + session +
		`","accountId":"` + account + `","accessKeyId":"ASIA` + key + `","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"` + id +
		`","arn":"arn:aws:iam::` + account + `:role/` + path + role + `","accountId":"` + account + `","userName":"` + role +
		`"},"webIdFederationData":{},"attributes":{"creationDate":"` + since + `","mfaAuthenticated":"false"}` + extra + `}`
	if invokedBy != "" {
		out += `,"invokedBy":"` + invokedBy + `"`
	}
	return out + `}`
}

// shortName is the session name that AWS gives the session of such a role.
func shortName(role string) string {
	if len(role) > 17 {
		return role[17:] // what follows AWSServiceRoleFor
	}
	return role
}
