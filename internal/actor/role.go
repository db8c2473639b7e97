package actor

import (
	"fmt"
	"strconv"
)

// role judges calls with a role that is not Identity Center's and whose session
// bears nobody's name: a governance connector, a pipeline, or a person in a
// role that the record can't see through.
func (j *judge) role() Actor {
	name := j.caller.principal
	quoted := strconv.Quote(cut(name, maxName))
	if j.record.FromConsole {
		return j.by(Actor{Kind: Person, Name: j.personName(), Basis: "AWS marks the credentials as those of a console session"})
	}
	if row := j.workload(); row != nil {
		return Actor{Kind: Automation, Name: name, Basis: "the session name is that of " + row.title()}
	}
	if consoleMade(j.record, j.agent) {
		return j.inside()
	}
	if named, ok := j.bearing("role"); ok {
		return named
	}
	if j.agent.typed() {
		return j.typed()
	}
	pace := j.rhythm.Of(j.record)
	switch {
	case j.agent.text == "":
		return Actor{Kind: Unknown, Name: name, Basis: "the role " + quoted + " is nobody's in particular, and the record has no user agent"}
	case pace.Steady():
		return Actor{Kind: Connector, Name: name, Basis: "a role of its own and a steady rhythm: " + pace.String() + "; the name " + quoted + " names no known product"}
	}
	return Actor{Kind: Automation, Name: name, Basis: "a program with a role of its own; " + pace.String() + ", too little or too uneven to call it a connector"}
}

// bearing judges by the name of the role or user, when the catalogue knows it
// and that is enough. A product does not type at a command line, so there its
// name does not count; a pipeline does.
func (j *judge) bearing(what string) (a Actor, ok bool) {
	row := j.product()
	if row == nil {
		return Actor{}, false
	}
	quoted := strconv.Quote(cut(j.caller.principal, maxName))
	pace := j.rhythm.Of(j.record)
	switch {
	case row.Kind == Automation:
		return Actor{Kind: Automation, Name: j.caller.principal, Basis: fmt.Sprintf("the name of the %s %s is that of %s", what, quoted, row.title())}, true
	case row.Kind != Connector || j.agent.typed():
		return Actor{}, false
	case pace.Steady():
		return Actor{Kind: Connector, Name: row.Client, Basis: fmt.Sprintf("the %s %s bears the name of %s, and its rhythm is steady: %s", what, quoted, row.title(), pace)}, true
	case row.Confidence == High || row.Confidence == Medium:
		return Actor{Kind: Connector, Name: row.Client, Basis: fmt.Sprintf("the %s %s bears the name of %s; %s, too little or too uneven to confirm it", what, quoted, row.title(), pace)}, true
	case what == "role":
		return Actor{Kind: Automation, Name: j.caller.principal, Basis: fmt.Sprintf("the role %s bears the name of %s, but %s is no steady rhythm", quoted, row.title(), pace)}, true
	}
	return Actor{}, false
}

// typed judges the AWS CLI and PowerShell with such a role: people and
// pipelines use them alike, and the default session names of both are the same.
func (j *judge) typed() Actor {
	name := j.caller.principal
	pace := j.rhythm.Of(j.record)
	switch {
	case j.agent.where == "CloudShell":
		return Actor{Kind: Person, Name: j.personName(), Claimed: true, Basis: "the user agent names CloudShell, at which people type"}
	case j.agent.sso:
		return Actor{Kind: Person, Name: j.personName(), Claimed: true, Basis: "the user agent says that the credentials come from an Identity Center profile"}
	case j.agent.work || j.agent.where != "":
		return Actor{Kind: Automation, Name: name, Claimed: true, Basis: "the user agent says that the call came from a workload"}
	case pace.Steady():
		return Actor{Kind: Automation, Name: name, Basis: "a command-line client on a steady rhythm: " + pace.String()}
	}
	return Actor{Kind: Unknown, Name: j.personName(), Basis: "a command-line client with a role that is not Identity Center's: a person or a pipeline"}
}

// inside judges "AWS Internal" and browsers without the mark of a console
// session: mostly the console, at times an AWS service for a program's role.
func (j *judge) inside() Actor {
	if row := j.product(); row != nil && (row.Kind == Automation || row.Kind == Connector && row.Confidence != Low) {
		return Actor{Kind: Unknown, Name: j.caller.principal, Basis: "the role bears the name of " + row.title() + ", but the call came through the console or another AWS service"}
	}
	a := Actor{Kind: Person, Name: j.personName(), Basis: "the call came through the console, by its user agent"}
	if j.record.SourceIP == internal || j.record.Identity.InvokedBy == internal {
		a.Basis = "the call came through the console, by its address"
	} else {
		a.Claimed = true
	}
	return j.by(a)
}

// personName is the session's name when somebody chose it, else the role's.
func (j *judge) personName() string {
	if row := j.catalogue.find(MatchSession, j.record.Source, j.caller.session); j.caller.session != "" && row == nil {
		return j.caller.session
	}
	return j.caller.principal
}
