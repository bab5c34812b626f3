"""The accounts' records as tables of a Django project, for whoever keeps them in Django's database.

It is an application of its own, `permit_accounts.contrib.django.records` in `INSTALLED_APPS`: a project
whose accounts lie elsewhere has none of these tables, and a router may send them to another database than
the users.
"""
