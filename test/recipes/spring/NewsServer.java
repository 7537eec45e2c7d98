// The recipe on a Jetty of its own, with what the tests ask it: prints its port, and tells who follows.
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.springframework.http.converter.json.MappingJackson2HttpMessageConverter;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

public class NewsServer {
  @RestController
  public static class Followers {
    private final NewsController controller;

    public Followers(NewsController controller) {
      this.controller = controller;
    }

    /** It sees who has gone only when it writes. */
    @GetMapping("/followers")
    public int followers() {
      controller.beat();
      return controller.followers.size();
    }
  }

  /** Spring Boot, and `@EnableWebMvc`, have JSON without this. */
  public static class JsonAdapter extends RequestMappingHandlerAdapter {
    public JsonAdapter() {
      getMessageConverters().add(new MappingJackson2HttpMessageConverter());
    }
  }

  public static void main(String[] ignored) throws Exception {
    var context = new AnnotationConfigWebApplicationContext();
    context.register(
        NewsController.class,
        Followers.class,
        RequestMappingHandlerMapping.class,
        JsonAdapter.class,
        ScheduledAnnotationBeanPostProcessor.class);
    var news = new ServletHolder(new DispatcherServlet(context));
    news.setAsyncSupported(true);
    news.setInitOrder(1);
    var handler = new ServletContextHandler();
    handler.addServlet(news, "/");
    var server = new Server();
    var connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(handler);
    server.start();
    System.out.println(connector.getLocalPort());
    server.join();
  }
}
