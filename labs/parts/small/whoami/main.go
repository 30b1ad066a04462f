// whoami answers every HTTP request with who answered and what was asked, in the format of traefik/whoami.
//
// Environment: PORT to listen on (80), DRAIN before it stops accepting after SIGTERM (2s).
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// How long calls that were accepted may take to end once nothing more is accepted.
const ending = 5 * time.Second

func main() {
	server := &http.Server{Addr: ":" + setting("PORT", "80"), Handler: http.HandlerFunc(answer)}
	drain, err := time.ParseDuration(setting("DRAIN", "2s"))
	if err != nil {
		log.Fatalf("DRAIN: %v", err)
	}
	told, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	ended := make(chan struct{})
	go func() {
		<-told.Done()
		// New calls keep arriving until every node has taken this pod out of its service map: they are answered, and
		// clients are told to come back on another connection. What arrives later than this is lost.
		server.SetKeepAlivesEnabled(false)
		time.Sleep(drain)
		limit, cancel := context.WithTimeout(context.Background(), ending)
		defer cancel()
		if err := server.Shutdown(limit); err != nil {
			log.Printf("calls cut off: %v", err)
		}
		close(ended)
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	<-ended
}

func answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	host, _ := os.Hostname()
	fmt.Fprintln(w, "Hostname:", host)
	for _, ip := range addresses() {
		fmt.Fprintln(w, "IP:", ip)
	}
	fmt.Fprintln(w, "RemoteAddr:", r.RemoteAddr)
	if err := r.Write(w); err != nil {
		log.Printf("%s: %v", r.RemoteAddr, err)
	}
}

func addresses() []net.IP {
	var found []net.IP
	all, _ := net.InterfaceAddrs()
	for _, address := range all {
		if network, ok := address.(*net.IPNet); ok {
			found = append(found, network.IP)
		}
	}
	return found
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
