package actor

// Label names the actor in a sentence: who it is, and in brackets the client
// where that says more. It is made of evidence; renderers escape it.
func (a Actor) Label() string {
	who := a.Name
	switch {
	case who != "":
	case a.Kind == IDP:
		return a.Client
	case a.Principal != "":
		who = a.Principal
	case a.Client != "" && a.Client != clientConsole:
		return "an unidentified caller (" + a.Client + ")"
	case a.Client == clientConsole:
		return "an unidentified person in the console"
	default:
		return "an unidentified caller"
	}
	if a.Kind == IDP || a.Client == "" || a.Client == who {
		return who
	}
	return who + " (" + a.Client + ")"
}
