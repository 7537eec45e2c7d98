// Recipe of the README: a controller of Spring WebFlux.
import java.time.Duration;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.*;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

@RestController
public class NewsController {
  private record News(long id, Map<String, String> payload) {}

  private static final int CAPACITY = 100;
  private final Sinks.Many<News> news = Sinks.many().replay().limit(CAPACITY); // the last ones
  private volatile long count;

  @PostMapping("/news")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  public synchronized void publish(@RequestBody Map<String, String> body) {
    var payload = Map.of("headline", body.get("headline"));
    news.emitNext(new News(count + 1, payload), Sinks.EmitFailureHandler.FAIL_FAST);
    count++;
  }

  @GetMapping(path = "/news", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
  public ResponseEntity<Flux<ServerSentEvent<Map<String, String>>>> follow(
      @RequestHeader(name = "Last-Event-ID", required = false) Long lastEventId) {
    long last = count;
    boolean isLost = lastEventId != null && (lastEventId < last - CAPACITY || lastEventId > last);
    long told = isLost ? 0 : lastEventId == null ? last : lastEventId;
    var lost = Flux.just(event().event("history-lost").data(Map.of()).build()).filter(it -> isLost);
    var missed = news.asFlux().filter(one -> one.id > told).map(this::toEvent);
    var comments =
        Flux.interval(Duration.ZERO, Duration.ofSeconds(15)) // the first one at once
            .onBackpressureDrop() // or who reads slowly ends the stream
            .map(tick -> event().comment("heartbeat").build());
    return ResponseEntity.ok()
        .header("Cache-Control", "no-store")
        .header("X-Accel-Buffering", "no")
        .body(Flux.merge(comments, lost.concatWith(missed)));
  }

  private ServerSentEvent<Map<String, String>> toEvent(News one) {
    return event().id(String.valueOf(one.id)).event("headline").data(one.payload).build();
  }

  private ServerSentEvent.Builder<Map<String, String>> event() {
    return ServerSentEvent.builder();
  }
}
