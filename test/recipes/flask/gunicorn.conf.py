# What gunicorn starts with in this folder: light threads, and its port as the first line.
worker_class = 'gevent'
workers = 1
bind = '127.0.0.1:0'
graceful_timeout = 1


def when_ready(server):
    print(server.LISTENERS[0].getsockname()[1], flush=True)
