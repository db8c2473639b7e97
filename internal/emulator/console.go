package emulator

import (
	"context"

	"github.com/scimtrail/scimtrail/internal/idcenter"
)

// Console does what a person does in the console, as POST /_admin/console has it done.
// It returns the id of what it made, or "". The error is an *idcenter.Error.
func (s *Server) Console(ctx context.Context, person, op string, r idcenter.ConsoleRequest) (id string, err error) {
	return s.Center.Console(ctx, s.atTheConsole(person, request{id: newRequestID(), peer: "127.0.0.1"}), op, r)
}
