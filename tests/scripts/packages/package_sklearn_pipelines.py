# packages: scikit-learn
"""scikit-learn: estimators over Cython code, pipelines, search without processes, errors, clones, sparse input, trees as text."""
import numpy as np
from sklearn import base, cluster, datasets, decomposition, ensemble, linear_model, metrics, model_selection, neighbors, pipeline, preprocessing, svm, tree
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer

X, y = datasets.make_classification(120, 6, random_state=3)
for model in (linear_model.LogisticRegression(), svm.SVC(), tree.DecisionTreeClassifier(random_state=0), ensemble.RandomForestClassifier(10, random_state=0), neighbors.KNeighborsClassifier(), ensemble.HistGradientBoostingClassifier(max_iter=5), linear_model.SGDClassifier(random_state=0)):
    print(type(model).__name__, model_selection.cross_val_score(model, X, y, cv=3).round(6))
p = pipeline.make_pipeline(preprocessing.StandardScaler(), decomposition.PCA(2), linear_model.Ridge())
search = model_selection.GridSearchCV(p, {"ridge__alpha": [0.1, 1, 10]}, cv=3, n_jobs=1).fit(X, y)
print(search.best_params_, round(search.best_score_, 8), base.clone(p).steps[1][0], repr(p)[:60])
print(round(cluster.KMeans(2, n_init=2, random_state=0).fit(X).inertia_, 6), cluster.DBSCAN(2).fit_predict(X)[:8], decomposition.TruncatedSVD(2, random_state=0).fit(X).explained_variance_ratio_.round(6), metrics.confusion_matrix([0, 1, 1], [0, 1, 0]), round(float(metrics.roc_auc_score(y, X[:, 0])), 6))
v = TfidfVectorizer().fit(["the żółw runs", "the dog"])
print(sorted(v.vocabulary_), v.transform(["dog żółw"]).toarray().round(4), tree.export_text(tree.DecisionTreeClassifier(max_depth=1, random_state=0).fit(X, y)))
for call in (lambda: svm.SVC().predict(X), lambda: linear_model.Ridge().fit(X, y[:5]), lambda: linear_model.Lasso(alpha=-1).fit(X, y), lambda: neighbors.KNeighborsClassifier(999).fit(X, y).predict(X), lambda: linear_model.Ridge().fit([[np.nan]], [1]), lambda: cluster.KMeans(500).fit(X), lambda: preprocessing.OneHotEncoder().fit([["a"]]).transform([["b"]])):
    try:
        print(call())
    except (NotFittedError, ValueError) as error:
        print(type(error).__name__, str(error).splitlines()[0][:70])
