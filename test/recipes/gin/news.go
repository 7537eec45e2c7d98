// Recipe of the README: a route of Gin.
package main

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gin-contrib/sse"
	"github.com/gin-gonic/gin"
)

const capacity = 100

var (
	heartbeat = 15 * time.Second
	mutex     sync.Mutex
	news      []sse.Event // the last ones
	count     int
	more      = make(chan struct{}) // closed with the next one
)

func publish(c *gin.Context) {
	var item struct {
		Headline string `json:"headline" binding:"required"`
	}
	if c.BindJSON(&item) != nil {
		return // a 400
	}
	mutex.Lock()
	defer mutex.Unlock()
	count++
	news = append(news, sse.Event{Id: strconv.Itoa(count), Event: "headline", Data: item})
	if len(news) > capacity {
		news = news[1:]
	}
	close(more)
	more = make(chan struct{})
	c.Status(http.StatusNoContent)
}

// What came after an id, what is closed when there is more, and whether that is all.
func after(told int) ([]sse.Event, int, chan struct{}, bool) {
	mutex.Lock()
	defer mutex.Unlock()
	first := count - len(news)
	if told < first || told > count {
		return news, count, more, false
	}
	return news[told-first:], count, more, true
}

func follow(c *gin.Context) {
	_, told, _, _ := after(0)
	if id, err := strconv.Atoi(c.GetHeader("Last-Event-ID")); err == nil {
		told = id
	}
	c.Header("Content-Type", "text/event-stream")
	c.Header("Cache-Control", "no-store")
	c.Header("X-Accel-Buffering", "no")
	c.Writer.WriteString(": hello\n\n") // goes with the head, at once
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	for {
		missed, last, next, isAll := after(told)
		if !isAll {
			c.SSEvent("history-lost", gin.H{})
		}
		for _, event := range missed {
			c.Render(-1, event) // c.SSEvent() has no id
		}
		told = last
		c.Writer.Flush()
		select {
		case <-next:
		case <-ticker.C:
			c.Writer.WriteString(": heartbeat\n\n")
		case <-c.Request.Context().Done():
			return
		}
	}
}
