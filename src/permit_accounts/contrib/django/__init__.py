"""The pages in a Django project: URL patterns, middleware, a bridge to `AUTH_USER_MODEL`, decorators, checks.

`django.contrib.auth.login` is never called and there is no authentication backend here: a password that
Django checked would be a second door into an account, without the limits, notices and history of the first.
"""
