// Recipe of the README: a controller of Spring MVC.
import static org.springframework.web.servlet.mvc.method.annotation.SseEmitter.event;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.web.bind.annotation.*;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter.SseEventBuilder;

@RestController
public class NewsController {
  private record News(long id, Map<String, String> payload) {}

  private static final int CAPACITY = 100;
  private final Deque<News> news = new ArrayDeque<>(); // the last ones
  private long count;
  final Set<SseEmitter> followers = ConcurrentHashMap.newKeySet();

  @PostMapping("/news")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  public synchronized void publish(@RequestBody Map<String, String> body) {
    news.add(new News(++count, Map.of("headline", body.get("headline"))));
    if (news.size() > CAPACITY) news.remove();
    for (SseEmitter follower : followers) send(follower, toEvent(news.getLast()));
  }

  @GetMapping("/news")
  public synchronized ResponseEntity<SseEmitter> follow(
      @RequestHeader(name = "Last-Event-ID", required = false) Long lastEventId) {
    SseEmitter follower = new SseEmitter(0L); // no time-out: the server's own is 30 s in Tomcat
    follower.onCompletion(() -> followers.remove(follower));
    send(follower, event().comment("hello")); // goes with the head, at once
    long first = count - news.size();
    boolean isLost = lastEventId != null && (lastEventId < first || lastEventId > count);
    if (isLost) send(follower, event().name("history-lost").data("{}"));
    long told = isLost ? first : lastEventId == null ? count : lastEventId;
    for (News one : news) if (one.id > told) send(follower, toEvent(one));
    followers.add(follower);
    return ResponseEntity.ok()
        .header("Cache-Control", "no-store")
        .header("X-Accel-Buffering", "no")
        .body(follower);
  }

  @Scheduled(fixedRate = 15_000) // with @EnableScheduling
  public synchronized void beat() {
    for (SseEmitter follower : followers) send(follower, event().comment("heartbeat"));
  }

  private SseEventBuilder toEvent(News one) {
    return event().id(String.valueOf(one.id)).name("headline").data(one.payload);
  }

  private void send(SseEmitter follower, SseEventBuilder event) {
    try {
      follower.send(event);
    } catch (IOException | IllegalStateException gone) {
      followers.remove(follower); // Spring ends what could not be written to
    }
  }
}
