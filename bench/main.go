// Bench measures Parley the way docs/performance.md describes: the server as a
// process of its own with everything that makes it durable switched on, the load
// from this process over loopback, and server CPU per unit of work as the first
// figure.
//
//	make bench                        all scenarios
//	go run ./bench -only S1,S2 -for 20s
//	go run ./bench -postgres 'postgres://postgres@127.0.0.1:5432/postgres'
//	go run ./bench -only S1 -against bin/before     two servers by turns, and their ratio
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"time"
)

func main() {
	binary := flag.String("binary", "bin/parley", "the server to measure")
	only := flag.String("only", "", "scenarios to run, as S1,S2; all by default")
	postgres := flag.String("postgres", "", "address of a PostgreSQL to measure with, as postgres://postgres@127.0.0.1:5432/postgres; SQLite by default")
	against := flag.String("against", "", "another server to measure by turns with the first, three times each; prints the medians and their ratio")
	measure := flag.Duration("for", 15*time.Second, "how long each measurement lasts, at most 60s")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *binary, *against, *only, database{server: *postgres}, min(*measure, time.Minute))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, binary, against, only string, db database, measure time.Duration) error {
	fmt.Printf("%s, %s/%s, %d CPUs, %s, rate limits off, %v each\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), db, measure)
	last := "target"
	if against != "" {
		last = against + " | ratio"
	}
	fmt.Printf("| scenario | what | measured | %s |\n| --- | --- | --- |%s\n", last, strings.Repeat(" --- |", 1+strings.Count(last, "|")))
	for _, sc := range scenarios {
		if only != "" && !strings.Contains(","+only+",", ","+sc.name+",") {
			continue
		}
		if against != "" {
			if err := sc.compare(ctx, binary, against, db, measure); err != nil {
				return fmt.Errorf("%s: %w", sc.name, err)
			}
			continue
		}
		results, err := sc.measure(ctx, binary, db, measure)
		if err != nil {
			return fmt.Errorf("%s: %w", sc.name, err)
		}
		for _, r := range results {
			target := r.target
			if db.postgres() && r.postgres != "" {
				target = r.postgres
			}
			fmt.Printf("| %s | %s | %s | %s |\n", r.scenario, r.what, r.value, target)
		}
	}
	return nil
}

// measure runs one scenario on a fresh data folder.
func (sc scenario) measure(ctx context.Context, binary string, db database, measure time.Duration) (results []result, err error) {
	data, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(data)
	db, drop, err := db.fresh(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, drop()) }()
	people := &seed{data: data, database: db}
	if err := people.plant(ctx, sc.prepare); err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	srv, err := startServer(ctx, binary, data, db)
	if err != nil {
		return nil, err
	}
	results, err = sc.run(ctx, &bed{server: srv, seed: people, measure: measure})
	if stopErr := srv.stop(); err == nil {
		err = stopErr
	}
	return results, err
}
