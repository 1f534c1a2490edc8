// Command idle is all that the cluster's own image holds. Without arguments it holds a pod's namespaces, as Kubernetes' pause does; with
// arguments it does one small thing that shows what a pod can reach.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

const usage = "idle | idle show FILE | idle write FILE TEXT | idle get URL CA-FILE"

func main() {
	if len(os.Args) == 1 {
		hold()
		return
	}
	if err := act(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func act(args []string) error {
	switch {
	case args[0] == "show" && len(args) == 2:
		return show(args[1])
	case args[0] == "write" && len(args) == 3:
		return os.WriteFile(args[1], []byte(args[2]), 0o644)
	case args[0] == "get" && len(args) == 3:
		return get(args[1], args[2])
	}
	return fmt.Errorf("usage: %s", usage)
}

func show(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(content)
	return err
}

func get(url, caFile string) error {
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(os.Stdout, answer.Body)
	return err
}

func hold() {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGINT, syscall.SIGTERM)
	go reap()
	<-ended
}

// Where containers of a pod share the process namespace, the orphans among their processes come here.
func reap() {
	orphans := make(chan os.Signal, 1)
	signal.Notify(orphans, syscall.SIGCHLD)
	for range orphans {
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
}
