package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client administers an emulator over HTTP.
type Client struct {
	BaseURL string
	HTTP    *http.Client // http.DefaultClient when nil
}

// AdminError is a refusal of the administration.
type AdminError struct {
	Status  int
	Message string
}

func (e *AdminError) Error() string { return e.Message }

// Tokens lists the tokens, oldest first, without their secrets.
func (c *Client) Tokens(ctx context.Context) (out TokensJSON, err error) {
	return out, c.do(ctx, http.MethodGet, "tokens", nil, &out)
}

// CreateToken makes a token; legacy is one whose calls are not recorded.
func (c *Client) CreateToken(ctx context.Context, legacy bool) (out TokenJSON, err error) {
	return out, c.do(ctx, http.MethodPost, "tokens", map[string]bool{"legacy": legacy}, &out)
}

// DeleteToken revokes a token at once.
func (c *Client) DeleteToken(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodDelete, "tokens/"+url.PathEscape(id), nil, nil)
}

// ExpireToken ends a token's life.
func (c *Client) ExpireToken(ctx context.Context, id string) (out TokenJSON, err error) {
	return out, c.do(ctx, http.MethodPost, "tokens/"+url.PathEscape(id)+"/expire", nil, &out)
}

// Now returns the emulator's time.
func (c *Client) Now(ctx context.Context) (out ClockJSON, err error) {
	return out, c.do(ctx, http.MethodGet, "clock", nil, &out)
}

// Advance moves the emulator's clock forward and delivers what is due.
func (c *Client) Advance(ctx context.Context, d time.Duration) (out ClockJSON, err error) {
	return out, c.do(ctx, http.MethodPost, "clock", map[string]string{"advance": d.String()}, &out)
}

// SetFaults takes over the faults that are not nil and returns all of them.
func (c *Client) SetFaults(ctx context.Context, ask FaultsJSON) (out FaultsJSON, err error) {
	return out, c.do(ctx, http.MethodPost, "faults", ask, &out)
}

// Faults returns the faults that hold.
func (c *Client) Faults(ctx context.Context) (out FaultsJSON, err error) {
	return out, c.do(ctx, http.MethodGet, "faults", nil, &out)
}

// largestAnswer bounds what is read of an answer.
const largestAnswer = 1 << 20

func (c *Client) do(ctx context.Context, method, what string, ask, into any) error {
	if err := c.call(ctx, method, what, ask, into); err != nil {
		if _, refused := errors.AsType[*AdminError](err); refused {
			return err
		}
		return fmt.Errorf("asking the emulator at %s: %w", c.BaseURL, err)
	}
	return nil
}

func (c *Client) call(ctx context.Context, method, what string, ask, into any) error {
	var body io.Reader
	if ask != nil {
		data, err := json.Marshal(ask)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.BaseURL, "/")+"/_admin/"+what, body)
	if err != nil {
		return err
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, largestAnswer))
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		var said struct{ Error string }
		if json.Unmarshal(data, &said) != nil || said.Error == "" {
			said.Error = "it answers " + res.Status + ", which is not an emulator's"
		}
		return &AdminError{res.StatusCode, said.Error}
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(data, into)
}
