// The recipe on a server of its own, with what the tests ask it: prints its port, and tells who follows.
package main

import (
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
)

func main() {
	heartbeat = 100 * time.Millisecond
	gin.SetMode(gin.ReleaseMode)
	var followers int32
	counted := func(c *gin.Context) {
		atomic.AddInt32(&followers, 1)
		defer atomic.AddInt32(&followers, -1)
		c.Next()
	}
	router := gin.New()
	router.GET("/news", counted, follow)
	router.POST("/news", publish)
	router.GET("/followers", func(c *gin.Context) {
		c.String(http.StatusOK, "%d", atomic.LoadInt32(&followers))
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, router))
}
