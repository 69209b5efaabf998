// Parley is self-hosted real-time chat in one binary.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/alecthomas/kong"

	"parley/cmd/parley/internal/chatcmd"
	"parley/internal/app"
	"parley/internal/config"
)

// version is set by the build.
var version = "dev"

type commands struct {
	Serve   serveCmd    `cmd:"" help:"Run the server."`
	Migrate migrateCmd  `cmd:"" help:"Bring the database's schema up to date and exit."`
	User    userCmd     `cmd:"" help:"Manage accounts, beside a running server too."`
	Group   groupCmd    `cmd:"" help:"Look after groups and channels, without seeing what is said in them."`
	Room    roomCmd     `cmd:"" help:"Count disposable rooms, or end one."`
	Setting settingCmd  `cmd:"" help:"Change settings of a running server."`
	Audit   auditCmd    `cmd:"" help:"Show who did what."`
	Stats   statsCmd    `cmd:"" help:"Show figures."`
	Health  healthCmd   `cmd:"" help:"Show how the deployment is."`
	Apikey  apikeyCmd   `cmd:"" name:"apikey" help:"Manage API keys of other servers."`
	Backup  backupCmd   `cmd:"" help:"Write everything into one archive, beside a running server too (SQLite)."`
	Restore restoreCmd  `cmd:"" help:"Read an archive into a new data folder."`
	Doctor  doctorCmd   `cmd:"" help:"Look for trouble in a deployment, beside a running server too."`
	Config  configCmd   `cmd:"" help:"Document all settings, or show the effective ones."`
	Chat    chatcmd.Cmd `cmd:"" help:"Chat in the terminal."`
	Version versionCmd  `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once

	var c commands
	parser := kong.Must(&c,
		kong.Name("parley"),
		kong.Description("Self-hosted real-time chat."),
		kong.ShortUsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		config.From(os.Environ()),
	)
	k, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	err = k.Run()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "parley:", err)
		os.Exit(1)
	}
}

type serveCmd struct {
	config.Config
}

func (c *serveCmd) Run(ctx context.Context) error {
	return app.Run(ctx, c.Config, app.Options{Version: version, Ready: os.Stdout, Logs: os.Stderr})
}

type migrateCmd struct {
	place
}

func (c *migrateCmd) Run(ctx context.Context) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	schema, err := app.Migrate(ctx, cfg)
	if err != nil {
		return err
	}
	fmt.Printf("The database is at schema version %d.\n", schema)
	return nil
}

type configCmd struct {
	Show bool   `help:"Show the effective values and where they come from, instead of the documentation."`
	File string `name:"config" placeholder:"PATH" help:"Configuration file to show the values of."`
}

func (c *configCmd) Run() error {
	if !c.Show {
		return config.Document(os.Stdout)
	}
	cfg, err := config.Load(fileFlag(c.File), os.Environ())
	if err != nil {
		return err
	}
	return config.Show(os.Stdout, cfg)
}

func fileFlag(path string) []string {
	if path == "" {
		return nil
	}
	return []string{"--config", path}
}

// place says which deployment a command is about.
type place struct {
	Data string `placeholder:"PATH" help:"Folder of the server's data; otherwise as the server finds it."`
	File string `name:"config" placeholder:"PATH" help:"The server's configuration file."`

	Database string `placeholder:"URL" help:"The server's PostgreSQL database; otherwise as the server finds it."`
}

// config is the server's, as far as it is known here; more are flags of serve.
func (p place) config(more ...string) (config.Config, error) {
	args := append(fileFlag(p.File), more...)
	if p.Data != "" {
		args = append(args, "--data", p.Data)
	}
	if p.Database != "" {
		args = append(args, "--database", p.Database)
	}
	return config.Load(args, os.Environ())
}

type versionCmd struct{}

func (versionCmd) Run() error {
	fmt.Printf("parley %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
